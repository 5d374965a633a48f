/** Rules about the read-out of an FPGA: TDC, BX, orbit counters. */
import {
  bunchCrossingsPerOrbit,
  maxOrbit,
  orbitPeriodNs,
  tdcPerBunchCrossing,
  type WindowMessage,
} from "../../../../pipeline/model/index.js";
import type { Said } from "../view.js";
import { list } from "../words.js";
import { highFraction, lowFraction, said } from "./efficiency.js";
import type { FpgaQuantities } from "./quantities.js";
import { binomialZ, outside, sumOf, total } from "./tails.js";
import { chamberDomain, percentWithError, type PhysicsRule, type PhysicsView } from "./view.js";

const scopeOf = ({ fpga, chambers }: FpgaQuantities): Said["scope"] => ({ kind: "fpga", fpga, chambers });
const domainsOf = ({ chambers }: FpgaQuantities): string[] => chambers.map(chamberDomain);
const fewestHits = 100;
/** Hits of one muon have about the same BX. */
const hitClustering = 6;

/** TDC_MEAS runs evenly from 1 to 30: each of its bits is set in half of the hits. */
export const tdcSpectrum: PhysicsRule = (view) =>
  view.layout.fpgas.flatMap((places) => {
    const { rules, search } = view;
    const { tdc, fpga } = places;
    const settings = rules["tdc-spectrum"];
    const one = search.find(
      `tdc ${fpga}`,
      domainsOf(places),
      (sum) => {
        const n = sumOf(sum, tdc, 33);
        if (n < fewestHits) return null;
        const worst = worstBit(sum, tdc, n);
        const peak = largest(sum, tdc, 33).count / n;
        const flat = highFraction(peak * n, n, 0.05, settings.peak_fraction_high, 2);
        const bit = highFraction(n * (0.5 + worst.deviation), n, 0.55, 0.5 + settings.bit_deviation, 2);
        return (bit?.beyond === true ? bit : flat) ?? null;
      },
      { fine: 0.01, z: settings.significance },
    );
    if (one === null) return [];
    const n = sumOf(one.sum, tdc, 33);
    const { value, count } = largest(one.sum, tdc, 33);
    const worst = worstBit(one.sum, tdc, n);
    const reason =
      count / n > 0.6
        ? `TDC of FPGA ${fpga} is stuck at ${value}: ${percentWithError(count / n, one.sigma)} of its hits have this value`
        : worst.deviation > settings.bit_deviation
          ? `a TDC bit of FPGA ${fpga} is stuck: bit ${worst.bit} is set in ${Math.round(100 * worst.fraction)} % of the hits, expected 50 %`
          : `TDC values of FPGA ${fpga} are uneven: ${value} in ${percentWithError(count / n, one.sigma)} of the hits, expected ${Math.round(100 / tdcPerBunchCrossing)} %`;
    return [
      said("tdc-spectrum", scopeOf(places), "bad", reason, {
        peak_fraction: count / n,
        bit: worst.bit,
        bit_fraction: worst.fraction,
      }),
    ];
  });

function largest(sum: ArrayLike<number>, at: number, length: number): { value: number; count: number } {
  let value = 0;
  for (let i = 1; i < length; i += 1) if ((sum[at + i] as number) > (sum[at + value] as number)) value = i;
  return { value, count: sum[at + value] as number };
}

interface Bit {
  bit: number;
  fraction: number;
  /** Of the fraction from what is expected, as a part of what is possible: 0..0.5. */
  deviation: number;
}

function worstBit(sum: ArrayLike<number>, tdc: number, n: number): Bit {
  let worst: Bit = { bit: 0, fraction: 0.5, deviation: -1 };
  for (let bit = 0; bit < 5; bit += 1) {
    let set = 0;
    for (let value = 0; value < 32; value += 1) if ((value >> bit) & 1) set += sum[tdc + value] as number;
    const fraction = set / n;
    const deviation = Math.abs(fraction - 0.5);
    if (deviation > worst.deviation) worst = { bit, fraction, deviation };
  }
  return worst;
}

const bxBitNumbers = 12;
/** Part of the crossings 0..3563 whose bit is set, shape (12). */
const bxBitShare = Array.from({ length: bxBitNumbers }, (_, bit) => {
  let set = 0;
  for (let bx = 0; bx < bunchCrossingsPerOrbit; bx += 1) set += (bx >> bit) & 1;
  return set / bunchCrossingsPerOrbit;
});

/** Cosmic muons and noise come at any time of an orbit: BX is even from 0 to 3563. */
export const bxSpectrum: PhysicsRule = (view) =>
  view.layout.fpgas.flatMap((places) => {
    const found = bitsStuck(view, places);
    return found ?? bxOut(view, places) ?? [];
  });

function bitsStuck({ rules, search }: PhysicsView, places: FpgaQuantities): Said | null {
  const { bxBits, bx, bxOut: out, fpga } = places;
  const settings = rules["bx-spectrum"];
  const one = search.find(
    `bx-bits ${fpga}`,
    domainsOf(places),
    (sum) => {
      const n = total(sum, bx) + outside(sum, bx);
      if (n < fewestHits) return null;
      const bits = bitsOf(sum, bxBits, n);
      const worst = bits.reduce((a, b) => (b.deviation > a.deviation ? b : a));
      const z = Math.abs(binomialZ(worst.fraction * n, n, worst.usual)) / Math.sqrt(hitClustering);
      const sigma = Math.sqrt(hitClustering / n);
      return { value: worst.deviation, sigma, good: 0, z, beyond: worst.deviation > settings.bit_deviation };
    },
    { fine: 0.03, z: settings.significance },
  );
  if (one === null) return null;
  const n = total(one.sum, bx) + outside(one.sum, bx);
  const bits = bitsOf(one.sum, bxBits, n);
  const stuck = bits.filter(({ deviation }) => deviation > settings.bit_deviation);
  const numbers = { bits: stuck.length, out_fraction: (one.sum[out] as number) / n };
  if (stuck.length > 5) {
    const value = bits.reduce((sum, { fraction, bit }) => sum + (fraction > 0.5 ? 2 ** bit : 0), 0);
    return said("bx-spectrum", scopeOf(places), "bad", `BX of FPGA ${fpga} is stuck at about ${value}`, {
      ...numbers,
      bx: value,
    });
  }
  const [first] = stuck.sort((a, b) => b.deviation - a.deviation);
  const [bit, fraction, usual] = [first?.bit ?? 0, first?.fraction ?? 0, first?.usual ?? 0];
  const reason = `a BX bit of FPGA ${fpga} is stuck: bit ${bit} is set in ${Math.round(100 * fraction)} % of the hits, expected ${Math.round(100 * usual)} %`;
  return said("bx-spectrum", scopeOf(places), "bad", reason, { ...numbers, bit, bit_fraction: fraction });
}

function bitsOf(sum: ArrayLike<number>, bxBits: number, n: number): (Bit & { usual: number })[] {
  return bxBitShare.map((usual, bit) => {
    const fraction = (sum[bxBits + bit] as number) / n;
    const deviation = fraction < usual ? (usual - fraction) / usual : (fraction - usual) / (1 - usual);
    return { bit, fraction, usual, deviation };
  });
}

function bxOut({ rules, search }: PhysicsView, places: FpgaQuantities): Said | null {
  const { bx, bxOut: out, fpga } = places;
  const settings = rules["bx-spectrum"];
  const one = search.find(
    `bx-out ${fpga}`,
    domainsOf(places),
    (sum) => {
      const n = total(sum, bx) + outside(sum, bx);
      return n < fewestHits ? null : highFraction(sum[out] as number, n, 0.002, settings.out_fraction_high);
    },
    { fine: 0.0005, z: settings.significance },
  );
  if (one === null) return null;
  const reason = `BX of FPGA ${fpga} is above ${bunchCrossingsPerOrbit - 1} in ${percentWithError(one.value, one.sigma)} of its hits: an orbit has no such crossing`;
  return said("bx-spectrum", scopeOf(places), "bad", reason, { out_fraction: one.value });
}

/** Chambers of different FPGAs share no orbits any more, those of the same FPGA do. */
export const fpgaOrbits: PhysicsRule = (view) => {
  const { rules, layout, search, detector } = view;
  const settings = rules["fpga-orbit"];
  const fpgaOf = (chamber: number): number => detector.chambers[chamber]?.fpga ?? -1;
  const pairs = layout.pairs.filter(({ chambers }) => chambers.length === 2);
  const across = pairs.filter(
    ({ chambers }) => fpgaOf(chambers[0] as number) !== fpgaOf(chambers[1] as number),
  );
  if (across.length === 0) return [];
  const all = layout.chambers.map(({ chamber }) => chamber);
  const one = search.find(
    "fpga-orbit",
    all.map(chamberDomain),
    (sum) => {
      let [expected, found] = [0, 0];
      for (const pair of across) {
        expected += sum[pair.expected] as number;
        found += total(sum, pair.dx) + outside(sum, pair.dx);
      }
      return expected < 15
        ? null
        : lowFraction(found, expected, settings.fraction_good, settings.fraction_low, 2);
    },
    { z: settings.significance },
  );
  if (one === null) return [];
  const fpgas = layout.fpgas.map(({ fpga }) => fpga);
  const lost = layout.chambers.filter((places) => {
    const segments = (one.sum[places.fourHit] as number) + (one.sum[places.threeHit] as number);
    return segments > 20 && total(one.sum, places.t0) + outside(one.sum, places.t0) < 0.05 * segments;
  });
  const lostFpgas = [...new Set(lost.map(({ fpga }) => fpga))];
  const off = lostFpgas.length === 1 ? (lostFpgas[0] as number) : (fpgas[0] as number);
  const reason = `the orbit counters of FPGA ${list(fpgas)} differ by one or more orbits: their chambers share no orbits${lostFpgas.length === 1 ? `, and FPGA ${off} has lost the timing signals` : ""}`;
  return [
    said("fpga-orbit", { kind: "fpga", fpga: off, chambers: all }, "bad", reason, {
      found_fraction: one.value,
      windows: one.windows,
    }),
  ];
};

const orbitNumbers = maxOrbit + 1;
const difference = (a: number, b: number): number => {
  const raw = a - b;
  return raw > orbitNumbers / 2 ? raw - orbitNumbers : raw < -orbitNumbers / 2 ? raw + orbitNumbers : raw;
};

interface CounterState {
  /** Last orbit of the newest window minus the orbits that have passed by the windows' clock. */
  offset: number;
}

/** Windows for which a jump of the counter is reported. */
const jumpWindows = 3;

/** Orbit counters against the windows' clock and against each other; in arrival time only. */
export class OrbitCounters {
  private readonly known = new Map<number, CounterState>();
  private jump: { said: Said; left: number } | null = null;
  /** Windows in a row in which the counters do not follow the clock. */
  private oddWindows = 0;
  /** Whether the counters differed in the last window: that they agree again is a repair. */
  private isSplit = false;

  judge({ layout, newest, rules, detector }: PhysicsView): Said[] {
    if (newest.window.time !== "arrival" || !rules["orbit-counter"].enabled) return [];
    const windowOrbits = ((newest.window.end_ms - newest.window.start_ms) * 1e6) / orbitPeriodNs;
    const counters = layout.fpgas.flatMap(
      (places) => counterOf(newest, places, rules["orbit-counter"].hits) ?? [],
    );
    const everyChamber = detector.chambers.map((_, chamber) => chamber);
    const stuck = counters.filter(({ span }) => span < 0.02 * windowOrbits);
    if (stuck.length > 0) {
      const fpgas = stuck.map(({ places }) => places.fpga);
      return stuck.length === layout.fpgas.length && stuck.length > 1
        ? [
            said(
              "orbit-counter",
              { kind: "fpga", fpga: fpgas[0] ?? 0, chambers: everyChamber },
              "bad",
              `the orbit counters of all FPGAs are stuck`,
              {},
            ),
          ]
        : stuck.map(({ places, span }) =>
            said(
              "orbit-counter",
              scopeOf(places),
              "bad",
              `the orbit counter of FPGA ${places.fpga} is stuck`,
              { span_orbits: span },
            ),
          );
    }
    const moved = counters.filter(({ places, offset }) => {
      const before = this.known.get(places.fpga);
      return before !== undefined && Math.abs(difference(offset, before.offset)) > 0.6 * windowOrbits;
    });
    const isSplit = counters.some(
      ({ offset }) => Math.abs(difference(offset, counters[0]?.offset ?? 0)) > 0.6 * windowOrbits,
    );
    const wasSplit = this.isSplit;
    this.isSplit = isSplit;
    if (isSplit) return [this.split(counters, moved, newest, everyChamber)];
    const isOdd = counters.some(({ span }) => span > 1.5 * windowOrbits);
    this.oddWindows = isOdd || moved.length > 0 ? this.oddWindows + 1 : 0;
    if (moved.length > 0 && !wasSplit) this.noteJump(moved, counters, everyChamber);
    for (const { places, offset } of counters) this.known.set(places.fpga, { offset });
    if (this.jump === null || this.jump.left <= 0) return [];
    this.jump.left -= 1;
    return [this.jump.said];
  }

  /** Counters that differ: the one that has moved, or that is behind where nothing is known of before. */
  private split(counters: Counter[], moved: Counter[], newest: WindowMessage, chambers: number[]): Said {
    for (const { places, offset } of counters)
      if (!this.known.has(places.fpga) || !moved.some((one) => one.places === places))
        this.known.set(places.fpga, { offset });
    const byOffset = [...counters].sort((a, b) => a.last - b.last);
    const culprit = (moved.length === 1 ? moved[0] : byOffset[0]) as Counter;
    const other = counters.find((one) => one !== culprit);
    const by = Math.abs(difference(culprit.last, other?.last ?? 0));
    const isReset = culprit.last < 0.1 * (other?.last ?? 0) || culprit.last < 2e6;
    const name = `the orbit counter of FPGA ${culprit.places.fpga}`;
    const reason = isReset
      ? `${name} was reset: it is ${by} orbits from that of FPGA ${other?.places.fpga ?? "?"}`
      : `${name} has jumped: it is ${by} orbits from that of FPGA ${other?.places.fpga ?? "?"}`;
    const own = moved.length === 1 ? culprit.places.chambers : chambers;
    return said("orbit-counter", { kind: "fpga", fpga: culprit.places.fpga, chambers: own }, "bad", reason, {
      difference_orbits: by,
      window: newest.msg_ID,
    });
  }

  private noteJump(moved: Counter[], counters: Counter[], chambers: number[]): void {
    // A replay that runs fast or slowly, and data that comes in bursts, move it in every window: that is the clock's.
    if (this.oddWindows > 1) return;
    const [first] = moved as [Counter];
    const by = difference(first.offset, this.known.get(first.places.fpga)?.offset ?? 0);
    const all = moved.length === counters.length;
    const what = all
      ? "the orbit counters of all FPGAs have"
      : `the orbit counter of FPGA ${first.places.fpga} has`;
    const reason = `${what} jumped by ${Math.round(by)} orbits against the clock of the windows`;
    const scope: Said["scope"] = {
      kind: "fpga",
      fpga: first.places.fpga,
      chambers: all ? chambers : first.places.chambers,
    };
    this.jump = {
      said: said("orbit-counter", scope, "bad", reason, { jump_orbits: Math.round(by) }),
      left: jumpWindows,
    };
  }

  /** After a gap nothing is known of the counters. */
  forget(): void {
    this.known.clear();
  }
}

interface Counter {
  places: FpgaQuantities;
  span: number;
  last: number;
  offset: number;
}

function counterOf(message: WindowMessage, places: FpgaQuantities, least: number): Counter | null {
  const counts = message.read_out?.[String(places.fpga)];
  if (counts?.orbit_first == null || counts.orbit_last == null || counts.hits < least) return null;
  // The counter has wrapped within the window, or was reset: the next window tells.
  if (counts.orbit_last - counts.orbit_first > orbitNumbers / 2) return null;
  const passed = (message.window.end_ms * 1e6) / orbitPeriodNs;
  const offset = (((counts.orbit_last - passed) % orbitNumbers) + orbitNumbers) % orbitNumbers;
  return { places, span: counts.orbit_last - counts.orbit_first, last: counts.orbit_last, offset };
}
