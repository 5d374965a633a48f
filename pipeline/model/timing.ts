/**
 * Time of the read-out and of the windows. Conversions between them exist only here.
 *
 * Source: the LHC-style clock of the read-out boards, 3564 bunch crossings of 25 ns per orbit, as quoted by the four
 * earlier monitoring systems.
 */

import type { DetectorConfig } from "./detector.js";

/** Length of one bunch crossing (BX). */
export const bunchCrossingNs = 25;
/** TDC counts in one bunch crossing. */
export const tdcPerBunchCrossing = 30;
/** Bunch crossings in one orbit. */
export const bunchCrossingsPerOrbit = 3564;
/** Length of one orbit: 89.1 us. */
export const orbitPeriodNs = bunchCrossingNs * bunchCrossingsPerOrbit;
/** Largest ORBIT_CNT: the counter has 32 bits and wraps after 4.43 days. */
export const maxOrbit = 4_294_967_295;

const nsPerMs = 1_000_000;

/** The clock that assigns rows to windows: the record time of the message, or the orbit counter. */
export type TimeKind = "arrival" | "detector";

/** A fixed window [startMs, endMs). */
interface TimeWindow {
  startMs: number;
  endMs: number;
}

/** Default length of a window. */
export const defaultWindowSeconds = 5;
export const minWindowSeconds = 1;
export const maxWindowSeconds = 60;

/** The clock of a read-out. */
export interface ReadoutClock {
  bxNs: number;
  tdcPerBx: number;
  /** Length of an orbit. */
  orbitNs: number;
}

const defaultClock: ReadoutClock = {
  bxNs: bunchCrossingNs,
  tdcPerBx: tdcPerBunchCrossing,
  orbitNs: orbitPeriodNs,
};

/** The clock of a set-up. */
export function clockOf({ readout }: Pick<DetectorConfig, "readout">): ReadoutClock {
  const { bxNs, tdcPerBx, bxPerOrbit } = readout;
  return { bxNs, tdcPerBx, orbitNs: bxNs * bxPerOrbit };
}

/**
 * Detector time of an orbit: ms since orbit 0, rounded down; never decreases from one orbit to the next.
 * Exact for every 32-bit orbit of the default length: the product is below 2^53 and the quotient is never closer to an
 * integer than 1e-6.
 */
export function orbitToMs(orbit: number, orbitNs = orbitPeriodNs): number {
  return Math.floor((orbit * orbitNs) / nsPerMs);
}

/** The first orbit whose detector time is at least `ms`: the inverse of {@link orbitToMs}, for any length of an orbit. */
export function firstOrbitAtMs(ms: number, orbitNs = orbitPeriodNs): number {
  let orbit = Math.ceil((ms * nsPerMs) / orbitNs);
  while (orbitToMs(orbit, orbitNs) < ms) orbit += 1;
  while (orbit > 0 && orbitToMs(orbit - 1, orbitNs) >= ms) orbit -= 1;
  return orbit;
}

/** Number of the window that contains a time; windows are aligned to time 0. */
export function windowIdAt(timeMs: number, windowMs: number): number {
  return Math.floor(timeMs / windowMs);
}

/** The window with this number. */
export function windowOfId(id: number, windowMs: number): TimeWindow {
  return { startMs: id * windowMs, endMs: (id + 1) * windowMs };
}

/** Time of row (bx, tdc) from the start of its orbit, ns. */
export function timeInOrbitNs(bx: number, tdc: number, clock = defaultClock): number {
  return clock.bxNs * (bx + tdc / clock.tdcPerBx);
}

/** Time of row (bx, tdc) after the timing signal (bx0, tdc0) of the same orbit: a drift time without its offset. */
export function timeAfterNs(
  bx: number,
  tdc: number,
  bx0: number,
  tdc0: number,
  clock = defaultClock,
): number {
  return clock.bxNs * (bx - bx0 + (tdc - tdc0) / clock.tdcPerBx);
}

/** Sort key of timing signals in an orbit: the time in bunch crossings. */
export function bunchCrossingTime(bx: number, tdc: number, tdcPerBx = tdcPerBunchCrossing): number {
  return bx + tdc / tdcPerBx;
}
