/**
 * Merging: the partial results of one window and orbit shard, in any order, become its shard result. All are
 * traversed at once, orbit by orbit, so that memory does not depend on the number of hits.
 */
import {
  cellsPerChamber,
  clockOf,
  t0SourcesOf,
  timeAfterNs,
  type DetectorConfig,
  type Histogram,
  type ReadoutClock,
} from "../model/index.js";
import { bxOf, codeOf, isWide, scintillatorCode, tdcOf } from "./hit-word.js";
import { muonLayout } from "./muons/layout.js";
import {
  giveBackOrbitMuons,
  takeOrbitMuons,
  type OrbitMuons,
  type SegmentReceiver,
} from "./muons/orbit-muons.js";
import { createMuonResult } from "./muons/result.js";
import type { OrbitRanges } from "./orbit-ranges.js";
import { isEarlier } from "./partial.js";
import type { PartialCursor } from "./partial-cursor.js";
import { createShardResult, mergeHeader, multiplicityCount, type ShardResult } from "./shard-result.js";
import { createSystemCCounts, SystemCFiller } from "./system-c.js";

interface MergeOptions {
  /** Whether segments are reconstructed. */
  muons: boolean;
  /** Receives the segments of every orbit that has any, by ascending orbit. */
  segments?: SegmentReceiver;
}

export function mergePartials(
  cursors: readonly PartialCursor[],
  detector: DetectorConfig,
  { muons, segments }: MergeOptions = { muons: true },
): ShardResult {
  const result = createShardResult(detector);
  for (const cursor of cursors) mergeHeader(result.header, cursor.header);
  if (muons) result.muons = createMuonResult(muonLayout(detector).length);
  const filler = new OrbitFiller(result, detector, segments ?? null);
  const queue = new CursorQueue(cursors.filter((cursor) => cursor.next()));
  const here: PartialCursor[] = [];
  while (queue.takeLowest(here)) {
    const [first] = here as [PartialCursor];
    if (here.length === 1 && queue.isEmpty) {
      // A single cursor needs no ordering.
      do filler.fill(here);
      while (first.next());
      break;
    }
    filler.fill(here);
    for (const cursor of here) if (cursor.next()) queue.push(cursor);
  }
  filler.finish();
  return result;
}

/** Cursors ordered by their current orbit: a binary heap. */
class CursorQueue {
  private readonly heap: PartialCursor[] = [];

  constructor(cursors: PartialCursor[]) {
    for (const cursor of cursors) this.push(cursor);
  }

  get isEmpty(): boolean {
    return this.heap.length === 0;
  }

  /** Moves all cursors at the lowest orbit into `here`; false when none is left. */
  takeLowest(here: PartialCursor[]): boolean {
    here.length = 0;
    const first = this.heap[0];
    if (first === undefined) return false;
    while (this.heap[0]?.orbit === first.orbit) here.push(this.pop());
    return true;
  }

  push(cursor: PartialCursor): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(cursor);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as PartialCursor;
      if (parent.orbit <= cursor.orbit) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = cursor;
  }

  private pop(): PartialCursor {
    const { heap } = this;
    const top = heap[0] as PartialCursor;
    const last = heap.pop() as PartialCursor;
    if (heap.length > 0) this.sink(last);
    return top;
  }

  private sink(cursor: PartialCursor): void {
    const { heap } = this;
    let at = 0;
    for (;;) {
      let below = at * 2 + 1;
      if (below >= heap.length) break;
      const right = heap[below + 1];
      if (right !== undefined && right.orbit < (heap[below] as PartialCursor).orbit) below += 1;
      const child = heap[below] as PartialCursor;
      if (cursor.orbit <= child.orbit) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = cursor;
  }
}

/** A code is chamber x 64 + cell. */
const chamberShift = Math.log2(cellsPerChamber);

/** Fills the counts of a shard result, orbit by orbit. */
class OrbitFiller {
  /** Active channels of the current orbit, two 32-bit masks per chamber. */
  private readonly masks: Uint32Array;
  private readonly clock: ReadoutClock;
  /** Offsets of the timing inputs that give t0, ns. */
  private readonly signalOffsetsNs: Float64Array;
  private readonly offsetsNs: Float64Array;
  private readonly lowerNs: number;
  private readonly widthNs: number;
  private readonly bins: number;
  private readonly driftTimes: readonly Histogram[];
  /** The earliest signal of the current orbit that gives t0, and the offset of its source. */
  private hasScintillator = false;
  private bx0 = 0;
  private tdc0 = 0;
  private offset0Ns = 0;
  private cursor!: PartialCursor;
  private readonly systemC: SystemCFiller | null = null;
  private readonly muons: OrbitMuons | null;

  constructor(
    private readonly result: ShardResult,
    private readonly detector: DetectorConfig,
    segments: SegmentReceiver | null,
  ) {
    this.muons = result.muons === null ? null : takeOrbitMuons(detector);
    if (result.muons !== null) this.muons?.begin(result.muons, segments);
    this.clock = clockOf(detector);
    this.masks = new Uint32Array(detector.chambers.length * 2);
    this.signalOffsetsNs = Float64Array.from(t0SourcesOf(detector), ({ offsetNs = 0 }) => offsetNs);
    this.offsetsNs = Float64Array.from(detector.chambers, (chamber) => chamber.driftOffsetNs);
    const { lower, upper, bins } = detector.driftTimeAxisNs;
    this.lowerNs = lower;
    this.widthNs = (upper - lower) / bins;
    this.bins = bins;
    this.driftTimes = result.driftTimes;
    if (detector.systemC === undefined) return;
    result.systemC = createSystemCCounts(detector.systemC, detector.chambers.length);
    this.systemC = new SystemCFiller(result.systemC, detector.systemC);
  }

  /** Adds one orbit, which is the current orbit of all cursors. */
  fill(cursors: readonly PartialCursor[]): void {
    this.hasScintillator = false;
    let hits = 0;
    for (const cursor of cursors) {
      this.cursor = cursor;
      if (cursor.triggers > 0) cursor.takeTriggers(this.muons?.trigger ?? ignore);
      if (cursor.signals > 0) cursor.takeSignals(this.takeSignals);
      hits += cursor.hits;
    }
    for (const cursor of cursors) {
      this.cursor = cursor;
      cursor.takeHits(this.takeHits);
    }
    const { orbit } = cursors[0] as PartialCursor;
    if (hits > 0) this.closeOrbit(orbit);
    this.muons?.close(orbit, hits > 0, this.bx0, this.tdc0, this.offset0Ns);
  }

  finish(): void {
    if (this.muons === null) return;
    this.muons.finish();
    giveBackOrbitMuons(this.detector, this.muons);
  }

  private readonly takeSignals = (words: Uint32Array, from: number, to: number): void => {
    const { wide } = this.cursor;
    for (let i = from; i < to; i += 1) {
      const word = words[i] as number;
      const source = codeOf(word, wide) - scintillatorCode;
      const bx = bxOf(word, wide);
      const tdc = tdcOf(word, wide);
      this.muons?.signal(source, bx, tdc);
      if (source >= this.signalOffsetsNs.length) continue;
      const offsetNs = this.signalOffsetsNs[source] as number;
      if (this.hasScintillator && !this.comesBefore(bx, tdc, offsetNs)) continue;
      this.hasScintillator = true;
      this.bx0 = bx;
      this.tdc0 = tdc;
      this.offset0Ns = offsetNs;
    }
  };

  /** Whether a signal gives an earlier t0 than all previous ones. */
  private comesBefore(bx: number, tdc: number, offsetNs: number): boolean {
    const { bx0, tdc0, offset0Ns, clock } = this;
    if (offsetNs === offset0Ns) return isEarlier(bx, tdc, bx0, tdc0, clock.tdcPerBx);
    const laterNs = timeAfterNs(bx, tdc, bx0, tdc0, clock) - offsetNs + offset0Ns;
    return laterNs < 0 || (laterNs === 0 && offsetNs < offset0Ns);
  }

  private readonly takeHits = (words: Uint32Array, from: number, to: number): void => {
    const { masks, muons } = this;
    const { channelCounts, scintChannelCounts } = this.result;
    const { wide } = this.cursor;
    for (let i = from; i < to; i += 1) {
      const word = words[i] as number;
      const outside = isWide(word);
      const code = outside ? codeOf(word, wide) : word >>> 22;
      const bx = outside ? bxOf(word, wide) : (word >>> 7) & 0x7fff;
      const tdc = outside ? tdcOf(word, wide) : word & 0x7f;
      channelCounts[code] = (channelCounts[code] as number) + 1;
      masks[code >> 5] = (masks[code >> 5] as number) | (1 << (code & 31));
      if (muons !== null) muons.hit(code, bx, tdc);
      if (!this.hasScintillator) continue;
      scintChannelCounts[code] = (scintChannelCounts[code] as number) + 1;
      this.fillDriftTime(code, bx, tdc);
    }
  };

  private fillDriftTime(code: number, bx: number, tdc: number): void {
    const chamber = code >>> chamberShift;
    const afterNs = timeAfterNs(bx, tdc, this.bx0, this.tdc0, this.clock);
    const driftTimeNs = afterNs + ((this.offsetsNs[chamber] as number) + this.offset0Ns);
    const bin = Math.floor((driftTimeNs - this.lowerNs) / this.widthNs);
    const histogram = this.driftTimes[chamber] as Histogram;
    if (bin < 0) histogram.underflow += 1;
    else if (bin >= this.bins) histogram.overflow += 1;
    else histogram.counts[bin] = (histogram.counts[bin] as number) + 1;
    if (this.systemC !== null) this.systemC.driftTime(chamber, driftTimeNs);
  }

  /** Counts the distinct channels of the orbit. */
  private closeOrbit(orbit: number): void {
    const { masks, result } = this;
    for (let chamber = 0; chamber < result.active.length; chamber += 1) {
      const active = bitsOf(masks[chamber * 2] as number) + bitsOf(masks[chamber * 2 + 1] as number);
      if (active === 0) continue;
      const index = chamber * multiplicityCount + active;
      result.multiplicity[index] = (result.multiplicity[index] as number) + 1;
      (result.active[chamber] as OrbitRanges).push(orbit, active);
      if (this.systemC !== null) this.systemC.orbit(chamber, orbit, active);
    }
    for (let i = 0; i < masks.length; i += 1) masks[i] = 0;
    result.orbitCount += 1;
    if (this.hasScintillator) result.scintOrbitCount += 1;
    result.orbitFirst = Math.min(result.orbitFirst, orbit);
    result.orbitLast = Math.max(result.orbitLast, orbit);
  }
}

const ignore = (): void => undefined;

/** Number of set bits (source: Warren, Hacker's Delight, section 5-1). */
function bitsOf(mask: number): number {
  mask -= (mask >>> 1) & 0x55555555;
  mask = (mask & 0x33333333) + ((mask >>> 2) & 0x33333333);
  return Math.imul((mask + (mask >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
