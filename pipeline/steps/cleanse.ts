/** Cleansing: selects hits, timing signals and trigger words, and counts all other rows. */
import {
  cellsPerChamber,
  channelOfCell,
  clockOf,
  firstOrbitAtMs,
  fpgaCount,
  headCount,
  orbitToMs,
  t0SourcesOf,
  UsageError,
  windowIdAt,
  type ChannelConfig,
  type DetectorConfig,
  type IdleWord,
} from "../model/index.js";
import {
  firstInternalCode,
  maxTimingInputs,
  packWord,
  scintillatorCode,
  triggerWord,
  unmappedCode,
} from "./hit-word.js";
import type { HitColumns } from "./hit-columns.js";
import { maxInternalChannels, ReadOut, type StepWatch } from "./read-out.js";
import type { RowBatch } from "./rows.js";
import { triggerBitsOf } from "./trigger-words.js";

/** The read-out words have 9 bits for the channel; configurations are validated against this. */
const channelCount = 512;

/** Code of every read-out channel, shape (fpgaCount x channelCount). */
type ChannelMap = Uint16Array;

/**
 * @param muons whether further timing inputs and internal channels get their own codes; otherwise they are unmapped
 * @throws UsageError when chambers overlap or lie outside the read-out's channels
 */
export function createChannelMap(detector: DetectorConfig, muons = false): ChannelMap {
  const map = new Uint16Array(fpgaCount * channelCount).fill(unmappedCode);
  const { channelBase } = detector.readout;
  const assign = (fpga: number, own: number, code: number): void => {
    const channel = own + channelBase;
    const inside = fpga >= 0 && fpga < fpgaCount && channel >= 0 && channel < channelCount;
    if (!inside) throw new UsageError(`detector: FPGA ${fpga}, channel ${channel} is outside the read-out`);
    if (map[fpga * channelCount + channel] !== unmappedCode) {
      throw new UsageError(`detector: FPGA ${fpga}, channel ${channel} is used twice`);
    }
    map[fpga * channelCount + channel] = code;
  };
  detector.chambers.forEach((config, chamber) => {
    for (let cell = 0; cell < cellsPerChamber; cell += 1) {
      const place = channelOfCell(config, cell);
      if (place !== null) assign(place.fpga, place.channel, chamber * cellsPerChamber + cell);
    }
  });
  detector.timing.slice(0, maxTimingInputs).forEach(({ fpga, channel, givesT0 }, i) => {
    if (givesT0 || muons) assign(fpga, channel, scintillatorCode + i);
  });
  if (!muons) return map;
  const assignFree = ({ fpga, channel }: ChannelConfig, code: number): void => {
    const at = fpga * channelCount + channel + channelBase;
    if (map[at] === unmappedCode) map[at] = code;
  };
  detector.internalChannels
    .slice(0, maxInternalChannels)
    .forEach((channel, i) => assignFree(channel, firstInternalCode + i));
  return map;
}

/** Rules for reading rows, derived once from a detector. */
export interface RowRules {
  map: ChannelMap;
  hitHead: number;
  /** Added to TDC_MEAS of hits. */
  tdcShift: number;
  /** Null if no row is idle. */
  idleWords: readonly IdleWord[] | null;
  /** Rows of timing inputs with this code or a higher one count as unmapped. */
  firstOtherCode: number;
  /** See trigger-words.ts. */
  triggerBits: Uint8Array;
  /** Length of an orbit. */
  orbitNs: number;
}

/** @throws UsageError as {@link createChannelMap} */
export function createRowRules(detector: DetectorConfig, muons: boolean): RowRules {
  const { hitHead, tdcBase, idleWords, heads } = detector.readout;
  return {
    map: createChannelMap(detector, muons),
    hitHead,
    tdcShift: 1 - tdcBase,
    idleWords: idleWords.length === 0 ? null : idleWords,
    firstOtherCode: scintillatorCode + t0SourcesOf(detector).length,
    triggerBits: triggerBitsOf(heads),
    orbitNs: clockOf(detector).orbitNs,
  };
}

function isIdle(words: readonly IdleWord[], channel: number, bx: number, tdc: number): boolean {
  return words.some((word) => word.channel === channel && word.bx === bx && word.tdc === tdc);
}

/** Well-formed rows of one window that are neither hits nor scintillator rows. */
export interface Rejections {
  headRejected: number;
  unmapped: number;
  /** Null when not requested. */
  readOut: ReadOut | null;
}

/**
 * Counts rejected rows by window. In detector time the window follows from the orbit; in arrival time all rows of a
 * message belong to one window.
 */
export class RejectionTally {
  /** By window number; arrival time uses only number 0. */
  readonly windows = new Map<number, Rejections>();
  private current: Rejections;
  private fromOrbit = 0;
  private toOrbit: number;
  /** The previous window, cached because hits and trigger words of one message can alternate between two windows. */
  private other: Rejections;
  private otherFromOrbit = 0;
  private otherToOrbit = 0;

  /**
   * @param windowMs window length in detector time; null in arrival time
   * @param muons whether the read-out is counted
   * @param orbitNs length of an orbit
   */
  constructor(
    private readonly windowMs: number | null,
    private readonly muons = false,
    private readonly orbitNs?: number,
  ) {
    this.current = this.other = this.create();
    this.toOrbit = windowMs === null ? Infinity : 0;
    if (windowMs === null) this.windows.set(0, this.current);
  }

  of(orbit: number): Rejections {
    if (orbit >= this.fromOrbit && orbit < this.toOrbit) return this.current;
    return this.seek(orbit, this.windowMs as number);
  }

  private seek(orbit: number, windowMs: number): Rejections {
    const { current, fromOrbit, toOrbit } = this;
    const isOther = orbit >= this.otherFromOrbit && orbit < this.otherToOrbit;
    this.current = isOther ? this.other : this.find(orbit, windowMs);
    if (isOther) {
      this.fromOrbit = this.otherFromOrbit;
      this.toOrbit = this.otherToOrbit;
    }
    this.other = current;
    this.otherFromOrbit = fromOrbit;
    this.otherToOrbit = toOrbit;
    return this.current;
  }

  private find(orbit: number, windowMs: number): Rejections {
    const { orbitNs } = this;
    const id = windowIdAt(orbitToMs(orbit, orbitNs), windowMs);
    this.fromOrbit = firstOrbitAtMs(id * windowMs, orbitNs);
    this.toOrbit = firstOrbitAtMs((id + 1) * windowMs, orbitNs);
    let rejections = this.windows.get(id);
    if (rejections === undefined) this.windows.set(id, (rejections = this.create()));
    return rejections;
  }

  private create(): Rejections {
    return { headRejected: 0, unmapped: 0, readOut: this.muons ? new ReadOut() : null };
  }
}

/** Appends the hits and scintillator rows of a batch to the columns and counts all other rows. */
export function cleanse(batch: RowBatch, rules: RowRules, columns: HitColumns, tally: RejectionTally): void {
  const { map, hitHead, tdcShift, idleWords } = rules;
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
    const isNothing = idleWords !== null && isIdle(idleWords, c, bx[i] as number, tdc[i] as number);
    if (code === unmappedCode || isNothing) {
      tally.of(o).unmapped += 1;
      continue;
    }
    orbits[n] = o;
    words[n] = packWord(code, bx[i] as number, (tdc[i] as number) + tdcShift, wide);
    n += 1;
  }
  columns.length = n;
}

/**
 * Same as {@link cleanse}, and counts the inputs of segments, timing, read-out and trigger words.
 * @param steps null in detector time, where rows have no records
 */
export function cleanseWithMuons(
  batch: RowBatch,
  rules: RowRules,
  columns: HitColumns,
  tally: RejectionTally,
  steps: StepWatch | null,
): void {
  const { map, hitHead, tdcShift, idleWords, firstOtherCode, triggerBits } = rules;
  const { head, fpga, channel, orbit, bx, tdc, length, recordStarts, recordCount } = batch;
  columns.reserve(length);
  const { orbits, words, wide, triggers } = columns;
  let n = columns.length;
  let record = 0;
  for (let i = 0; i < length; i += 1) {
    const o = orbit[i] as number;
    const h = head[i] as number;
    const f = fpga[i] as number;
    const rejections = tally.of(o);
    const readOut = rejections.readOut as ReadOut;
    if (record < recordCount && recordStarts[record] === i) {
      record += 1;
      steps?.beginRecord();
    }
    const known = f < fpgaCount;
    if (known) readOut.row(f, h);
    if (h !== hitHead) {
      rejections.headRejected += 1;
      const bit = known && h < headCount ? (triggerBits[h] as number) : 0;
      if (bit === 0 || !triggers.add(bit, f, o, bx[i] as number, tdc[i] as number)) continue;
      orbits[n] = o;
      words[n] = triggerWord(triggers.length - 1);
      n += 1;
      continue;
    }
    if (known) {
      readOut.orbit(f, o);
      if (steps?.falls(f, o) === true) readOut.stepBack(f);
    }
    const c = channel[i] as number;
    const code = known && c < channelCount ? (map[f * channelCount + c] as number) : unmappedCode;
    const isNothing = idleWords !== null && isIdle(idleWords, c, bx[i] as number, tdc[i] as number);
    if (code >= firstOtherCode || isNothing) {
      rejections.unmapped += 1;
      if (isNothing) continue;
      if (code >= firstInternalCode) {
        if (code !== unmappedCode) readOut.internal(code - firstInternalCode);
        continue;
      }
    }
    orbits[n] = o;
    words[n] = packWord(code, bx[i] as number, (tdc[i] as number) + tdcShift, wide);
    n += 1;
  }
  columns.length = n;
}
