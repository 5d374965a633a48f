/** Fills the counters of segments, timing, read-out and trigger words, orbit by orbit. */
import {
  cellsPerChamber,
  clockOf,
  fpgasOfCells,
  t0SourcesOf,
  timeInOrbitNs,
  timeOffsetsNs,
  type DetectorConfig,
  type ReadoutClock,
} from "../../model/index.js";
import type { TriggerEntry } from "../trigger-words.js";
import { ChamberHits } from "./chamber-hits.js";
import { CoincidenceFinder } from "./coincidences.js";
import { ChamberFiller } from "./fill-chamber.js";
import { PairFiller } from "./fill-pairs.js";
import { SpectraFiller } from "./fill-spectra.js";
import { WordFiller } from "./fill-words.js";
import { SegmentFinder } from "./finder.js";
import { add, addOne, muonLayout, type MuonLayout, type TimingPlaces } from "./layout.js";
import { OrbitSegments } from "./orbit-segments.js";
import type { MuonResult } from "./result.js";
import { hashOfOrbit } from "./sample.js";
import { orderOf, type SegmentList } from "./segment-list.js";
import { sortSignals, type OrbitSignals } from "./signals.js";

/** Receives all segments of an orbit; the list is reused for the next orbit. */
export type SegmentReceiver = (orbit: number, segments: SegmentList) => void;

export class OrbitMuons {
  private readonly layout: MuonLayout;
  private result!: MuonResult;
  private counts!: Float64Array;
  private receive: SegmentReceiver | null = null;
  private readonly finder: SegmentFinder;
  private readonly hits: ChamberHits[];
  private readonly segments: OrbitSegments;
  private readonly chambers: ChamberFiller;
  private readonly pairs: PairFiller;
  private readonly words: WordFiller;
  private readonly spectra: SpectraFiller;
  /** FPGA by code (chamber x 64 + cell), shape (chambers x 64). */
  private readonly fpgaOfCode: Uint8Array;
  private readonly clock: ReadoutClock;
  /** Usual TDC counts converted to bunch crossings, which saves a division per hit. */
  private readonly partsOfCrossing: Float64Array;
  /** Offsets of the chambers. */
  private readonly offsetsNs: Float64Array;
  /** Offsets of layer and cell by code, shape (chambers x 64). */
  private readonly cellOffsetsNs: Float64Array;

  /** Signals of the orbit: times for the sources that give t0, counts for all sources. */
  private readonly signals: OrbitSignals = { timesNs: new Float64Array(16), count: 0 };
  private readonly signalCounts: Float64Array;
  /** Offsets of the timing inputs that give t0, ns. */
  private readonly signalOffsetsNs: Float64Array;
  private readonly coincidences: CoincidenceFinder | null;
  private anySignal = false;

  constructor(detector: DetectorConfig) {
    this.layout = muonLayout(detector);
    this.finder = new SegmentFinder(detector);
    const { chambers } = detector;
    const clock = clockOf(detector);
    this.clock = clock;
    this.partsOfCrossing = Float64Array.from({ length: 128 }, (_, tdc) => tdc / clock.tdcPerBx);
    this.hits = chambers.map(() => new ChamberHits(detector.readout.bxPerOrbit));
    this.segments = new OrbitSegments(detector);
    this.chambers = new ChamberFiller(detector, this.layout, this.segments, this.finder);
    this.pairs = new PairFiller(this.layout, this.segments);
    this.words = new WordFiller(detector, this.layout, this.segments);
    this.spectra = new SpectraFiller(detector, this.layout);
    this.fpgaOfCode = Uint8Array.from(chambers.flatMap(fpgasOfCells));
    this.offsetsNs = Float64Array.from(chambers, ({ driftOffsetNs }) => driftOffsetNs);
    this.cellOffsetsNs = new Float64Array(chambers.length * cellsPerChamber);
    chambers.forEach((chamber, i) => this.cellOffsetsNs.set(timeOffsetsNs(chamber), i * cellsPerChamber));
    this.signalCounts = new Float64Array(this.layout.timing.length);
    this.signalOffsetsNs = Float64Array.from(t0SourcesOf(detector), ({ offsetNs = 0 }) => offsetNs);
    this.coincidences = detector.coincidences.length === 0 ? null : new CoincidenceFinder(detector);
  }

  /** Starts filling `result`. */
  begin(result: MuonResult, receive: SegmentReceiver | null): void {
    const { counts } = result;
    this.result = result;
    this.receive = receive;
    this.counts = counts;
    for (const filler of [this.chambers, this.pairs, this.words, this.spectra]) filler.counts = counts;
  }

  /** @param source number of the timing input; inputs that give t0 have the lowest numbers */
  signal(source: number, bx: number, tdc: number): void {
    this.anySignal = true;
    addOne(this.signalCounts, source);
    const timeNs = timeInOrbitNs(bx, tdc, this.clock);
    this.coincidences?.signal(source, timeNs);
    if (source >= this.signalOffsetsNs.length) return;
    const { signals } = this;
    if (signals.count === signals.timesNs.length) {
      const larger = new Float64Array(signals.count * 2);
      larger.set(signals.timesNs);
      signals.timesNs = larger;
    }
    signals.timesNs[signals.count] = timeNs - (this.signalOffsetsNs[source] as number);
    signals.count += 1;
  }

  readonly trigger = (entry: TriggerEntry): void => this.words.take(entry);

  hit(code: number, bx: number, tdc: number): void {
    const { bxNs, tdcPerBx } = this.clock;
    const part = this.partsOfCrossing[tdc] ?? tdc / tdcPerBx;
    const chamber = code >>> 6;
    this.spectra.hit(this.fpgaOfCode[code] as number, bx, tdc);
    const timeNs = bxNs * (bx + part) + (this.cellOffsetsNs[code] as number);
    (this.hits[chamber] as ChamberHits).push(code & 63, bx, tdc, timeNs);
  }

  /**
   * Ends the orbit after its last row.
   * @param bx0 BX of the earliest signal that gives t0, with its `tdc0` and its source's `offset0Ns`; unused without one
   */
  close(orbit: number, hasHits: boolean, bx0: number, tdc0: number, offset0Ns: number): void {
    const { signals, segments, chambers } = this;
    if (signals.count > 1) sortSignals(signals);
    chambers.hasSignal = signals.count > 0;
    chambers.bx0 = bx0;
    chambers.tdc0 = tdc0;
    chambers.offset0Ns = offset0Ns;
    if (hasHits) this.findSegments();
    if (segments.list.length > 0) this.pairs.compareChambers();
    if (this.anySignal) {
      this.coincidences?.close(this.signalCounts);
      this.countSignals(hasHits);
    }
    if (segments.list.length > 0) this.pairs.expectSignals(this.signalCounts);
    this.words.close();
    if (segments.list.length > 0) this.offer(orbit);
    if (this.anySignal) this.signalCounts.fill(0);
    signals.count = 0;
    this.anySignal = false;
    segments.list.length = 0;
  }

  private findSegments(): void {
    const { segments, chambers } = this;
    const { firsts, list } = segments;
    for (let chamber = 0; chamber < this.hits.length; chamber += 1) {
      firsts[chamber] = list.length;
      const hits = this.hits[chamber] as ChamberHits;
      if (hits.length === 0) continue;
      if (hits.length > 1) hits.sort();
      if (hits.length > 2) {
        this.finder.find(hits, chamber, this.offsetsNs[chamber] as number, this.signals, list);
        chambers.fillSegments(chamber, hits);
      }
      chambers.fillNoise(chamber, hits);
      hits.clear();
    }
    firsts[this.hits.length] = list.length;
  }

  private countSignals(hasHits: boolean): void {
    const { timing } = this.layout;
    for (let source = 0; source < timing.length; source += 1) {
      const count = this.signalCounts[source] as number;
      if (count === 0) continue;
      const { signals, orbits, alone } = timing[source] as TimingPlaces;
      add(this.counts, signals, count);
      addOne(this.counts, orbits);
      if (!hasHits) addOne(this.counts, alone);
    }
  }

  private offer(orbit: number): void {
    const { result } = this;
    const { list } = this.segments;
    this.receive?.(orbit, list);
    const several = list.chambers[0] !== list.chambers[list.length - 1];
    const place = { orbit, rank: several ? 0 : 1, hash: hashOfOrbit(orbit) };
    if (!result.sample.wants(place, list.length)) return;
    result.sample.add({ ...place, segments: orderOf(list).map((i) => list.extract(i, orbit)) });
  }

  /** Must follow the last orbit. */
  finish(): void {
    this.spectra.finish();
  }
}

/** An unused instance by detector: creating one costs more than a small window. */
const idle = new WeakMap<DetectorConfig, OrbitMuons>();

/** Takes an instance for a merge. It is returned only after a complete merge, so a failed merge leaves no data behind. */
export function takeOrbitMuons(detector: DetectorConfig): OrbitMuons {
  const known = idle.get(detector);
  idle.delete(detector);
  return known ?? new OrbitMuons(detector);
}

export function giveBackOrbitMuons(detector: DetectorConfig, muons: OrbitMuons): void {
  idle.set(detector, muons);
}
