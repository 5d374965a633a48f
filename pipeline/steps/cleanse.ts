/** Cleansing: which rows are hits, which are the scintillator's, and the count of all others. */
import {
  cellsPerChamber,
  firstOrbitAtMs,
  hitHead,
  orbitToMs,
  UsageError,
  windowIdAt,
  type DetectorConfig,
} from "../model/index.js";
import { packWord, scintillatorCode, unmappedCode } from "./hit-word.js";
import type { HitColumns } from "./hit-columns.js";
import type { RowBatch } from "./rows.js";

/** The read-out words have 3 bits for the FPGA and 9 for the channel; a configuration stays within them. */
const fpgaCount = 8;
const channelCount = 512;

/** Code of every read-out channel, shape (fpgaCount x channelCount). */
export type ChannelMap = Uint16Array;

/** @throws UsageError when chambers overlap or lie outside the read-out's channels */
export function createChannelMap(detector: DetectorConfig): ChannelMap {
  const map = new Uint16Array(fpgaCount * channelCount).fill(unmappedCode);
  const assign = (fpga: number, channel: number, code: number): void => {
    const inside = fpga >= 0 && fpga < fpgaCount && channel >= 0 && channel < channelCount;
    if (!inside) throw new UsageError(`detector: FPGA ${fpga}, channel ${channel} is outside the read-out`);
    if (map[fpga * channelCount + channel] !== unmappedCode) {
      throw new UsageError(`detector: FPGA ${fpga}, channel ${channel} is used twice`);
    }
    map[fpga * channelCount + channel] = code;
  };
  detector.chambers.forEach(({ fpga, firstChannel }, chamber) => {
    for (let cell = 0; cell < cellsPerChamber; cell += 1) {
      assign(fpga, firstChannel + cell, chamber * cellsPerChamber + cell);
    }
  });
  assign(detector.scintillator.fpga, detector.scintillator.channel, scintillatorCode);
  return map;
}

/** Well-formed rows of one window that are neither hits nor the scintillator's. */
export interface Rejections {
  headRejected: number;
  unmapped: number;
}

/**
 * Counts rejected rows by window. In detector time the orbit tells the window; in arrival time the rows of a message
 * belong to one window, whatever their orbits.
 */
export class RejectionTally {
  /** By window number; number 0 is the only one in arrival time. */
  readonly windows = new Map<number, Rejections>();
  private current: Rejections;
  private fromOrbit = 0;
  private toOrbit: number;

  /** @param windowMs window length in detector time; null in arrival time */
  constructor(private readonly windowMs: number | null) {
    this.current = { headRejected: 0, unmapped: 0 };
    this.toOrbit = windowMs === null ? Infinity : 0;
    if (windowMs === null) this.windows.set(0, this.current);
  }

  of(orbit: number): Rejections {
    if (orbit >= this.fromOrbit && orbit < this.toOrbit) return this.current;
    return this.seek(orbit, this.windowMs as number);
  }

  private seek(orbit: number, windowMs: number): Rejections {
    const id = windowIdAt(orbitToMs(orbit), windowMs);
    this.fromOrbit = firstOrbitAtMs(id * windowMs);
    this.toOrbit = firstOrbitAtMs((id + 1) * windowMs);
    let rejections = this.windows.get(id);
    if (rejections === undefined) this.windows.set(id, (rejections = { headRejected: 0, unmapped: 0 }));
    return (this.current = rejections);
  }
}

/** Appends the hits and scintillator rows of a batch to the columns and counts the other rows. */
export function cleanse(batch: RowBatch, map: ChannelMap, columns: HitColumns, tally: RejectionTally): void {
  const { head, fpga, channel, orbit, bx, tdc, length } = batch;
  columns.reserve(length);
  const { orbits, words, wide } = columns;
  let n = columns.length;
  for (let i = 0; i < length; i += 1) {
    const o = orbit[i] as number;
    if (head[i] !== hitHead) {
      tally.of(o).headRejected += 1;
      continue;
    }
    const f = fpga[i] as number;
    const c = channel[i] as number;
    const code = f < fpgaCount && c < channelCount ? (map[f * channelCount + c] as number) : unmappedCode;
    if (code === unmappedCode) {
      tally.of(o).unmapped += 1;
      continue;
    }
    orbits[n] = o;
    words[n] = packWord(code, bx[i] as number, tdc[i] as number, wide);
    n += 1;
  }
  columns.length = n;
}
