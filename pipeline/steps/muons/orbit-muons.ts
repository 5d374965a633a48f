/** Fills the counters of segments, timing, read-out and trigger words, one orbit after the other. */
import {
  bunchCrossingNs,
  cellsPerChamber,
  layersPerChamber,
  leftWallMm,
  maxSegmentBx,
  maxSegmentTdc,
  muonAxes,
  repeatNs,
  rightWallMm,
  tdcPerBunchCrossing,
  timeAfterNs,
  wirePositionMm,
  cellOf,
  cellsPerLayer,
  cellWidthMm,
  fpgaCount,
  type DetectorConfig,
  type MacrocellConfig,
} from "../../model/index.js";
import { hasTan, hasTime, hasX, triggerHeadCount, type TriggerEntry } from "../trigger-words.js";
import { ChamberHits, irregular, unused } from "./chamber-hits.js";
import { SegmentFinder, type OrbitSignals } from "./finder.js";
import {
  addOne,
  bxBitCount,
  countedBx,
  fillAt,
  fillAxes,
  muonLayout,
  type ChamberPlaces,
  type FpgaPlaces,
  type MuonLayout,
  type TimingPlaces,
} from "./layout.js";
import { hashOfOrbit } from "./sample.js";
import { noCell, SegmentList } from "./segment-list.js";
import { layerHeightsMm, lineCoefficients } from "./systems.js";
import type { MuonResult } from "./result.js";

/** Takes all segments of an orbit; the list is used again. */
export type SegmentReceiver = (orbit: number, segments: SegmentList) => void;

/** A line keeps so far away from the walls of the cell that it crosses, and from the edges of a chamber or plate. */
const wallMarginMm = 3;
const edgeMarginMm = 50;
/** A segment this near to a line belongs to it. */
const pairFoundMm = 100;
const firstWireMm = [1, 2, 3, 4].map((layer) => wirePositionMm(cellOf(layer, 0)).x);

export class OrbitMuons {
  private readonly layout: MuonLayout;
  private result!: MuonResult;
  private counts!: Float64Array;
  private receive: SegmentReceiver | null = null;
  private readonly finder: SegmentFinder;
  private readonly hits: ChamberHits[];
  private readonly segments = new SegmentList();
  /** Segments of chamber c stand in the list from firsts[c] to firsts[c + 1]. */
  private readonly firsts: Uint32Array;
  private readonly fpgaOfChamber: Uint8Array;
  private readonly offsetsNs: Float64Array;
  private readonly heightsMm: Float64Array;

  /** Signals of the orbit: times of the source that gives t0, numbers of all sources. */
  private readonly signals: OrbitSignals = { timesNs: new Float64Array(16), count: 0 };
  private readonly signalCounts: Float64Array;
  private anySignal = false;
  /** The earliest signal of the source that gives t0. */
  private bx0 = 0;
  private tdc0 = 0;

  /** Trigger words of the orbit by FPGA: numbers by HEAD, shape (8 x 5), and the last values. */
  private readonly words = new Float64Array(fpgaCount * triggerHeadCount);
  private readonly wordT0 = new Float64Array(fpgaCount);
  private readonly wordTan = new Float64Array(fpgaCount);
  private readonly wordX = new Float64Array(fpgaCount);
  /** Bits of the FPGAs with words. */
  private wordFpgas = 0;
  private readonly macrocellOfFpga: (MacrocellConfig | undefined)[];

  /** TDC and BX of hits by FPGA. */
  private readonly tdcCounts = new Float64Array(fpgaCount * (maxSegmentTdc + 1));
  private readonly bxCounts = new Float64Array(fpgaCount * countedBx);

  /** Time of the last hit of a cell, and of which chamber and orbit. */
  private readonly lastNs = new Float64Array(cellsPerChamber);
  private readonly lastOf = new Float64Array(cellsPerChamber);
  private turn = 0;

  /** Of the segment at hand: where its hits are, and how far from their wires, mm. */
  private readonly points = new Float64Array(layersPerChamber);
  private readonly distances = new Float64Array(layersPerChamber);

  constructor(private readonly detector: DetectorConfig) {
    this.layout = muonLayout(detector);
    this.finder = new SegmentFinder({
      driftVelocityUmPerNs: detector.driftVelocityUmPerNs,
      maxResidualMm: detector.maxSegmentResidualMm,
    });
    const { chambers } = detector;
    this.hits = chambers.map(() => new ChamberHits());
    this.firsts = new Uint32Array(chambers.length + 1);
    this.fpgaOfChamber = Uint8Array.from(chambers, ({ fpga }) => fpga);
    this.offsetsNs = Float64Array.from(chambers, ({ driftOffsetNs }) => driftOffsetNs);
    this.heightsMm = Float64Array.from(chambers, ({ heightMm }) => heightMm);
    this.signalCounts = new Float64Array(this.layout.timing.length);
    this.macrocellOfFpga = Array.from({ length: fpgaCount }, (_, fpga) =>
      detector.macrocells.find((macrocell) => macrocell.fpga === fpga),
    );
  }

  /** Fills `result` from now on. */
  begin(result: MuonResult, receive: SegmentReceiver | null): void {
    this.result = result;
    this.counts = result.counts;
    this.receive = receive;
  }

  /** @param source number of the timing input, 0 gives t0 */
  signal(source: number, bx: number, tdc: number): void {
    this.anySignal = true;
    this.signalCounts[source] = (this.signalCounts[source] as number) + 1;
    if (source > 0) return;
    const { signals } = this;
    if (signals.count === signals.timesNs.length) {
      const larger = new Float64Array(signals.count * 2);
      larger.set(signals.timesNs);
      signals.timesNs = larger;
    }
    signals.timesNs[signals.count] = timeInOrbit(bx, tdc);
    signals.count += 1;
  }

  readonly trigger = (entry: TriggerEntry): void => {
    const { fpga, mask } = entry;
    const places = this.layout.fpgas[fpga];
    if (places === undefined) return;
    this.wordFpgas |= 1 << fpga;
    for (let head = 0; head < triggerHeadCount; head += 1)
      if (((mask >> head) & 1) !== 0) addOne(this.words, fpga * triggerHeadCount + head);
    if (hasTime(mask)) this.wordT0[fpga] = timeInOrbit(entry.bx, entry.tdc);
    if (hasTan(mask)) {
      this.wordTan[fpga] = entry.tan;
      fillAt(this.counts, places.tanPsi, fillAxes.tanPsi, entry.tan);
    }
    if (hasX(mask)) {
      this.wordX[fpga] = entry.xMm;
      fillAt(this.counts, places.localX, fillAxes.localXMm, entry.xMm);
    }
    if (entry.layers >= 0) addOne(this.counts, places.layers + entry.layers);
  };

  hit(code: number, bx: number, tdc: number): void {
    const part = partsOfCrossing[tdc] ?? tdc / tdcPerBunchCrossing;
    const chamber = code >>> 6;
    const fpga = this.fpgaOfChamber[chamber] as number;
    if (tdc >= 0 && tdc <= maxSegmentTdc) addOne(this.tdcCounts, fpga * (maxSegmentTdc + 1) + (tdc | 0));
    if (bx < countedBx) addOne(this.bxCounts, fpga * countedBx + bx);
    else this.countLargeBx(fpga, bx);
    (this.hits[chamber] as ChamberHits).push(code & 63, bx, tdc, bunchCrossingNs * (bx + part));
  }

  private countLargeBx(fpga: number, bx: number): void {
    const places = this.layout.fpgas[fpga];
    if (places === undefined) return;
    addOne(this.counts, places.bxOut);
    addOne(this.counts, places.bx + muonAxes.bx.bins + 1);
    for (let bit = 0; bit < bxBitCount; bit += 1)
      if (Math.floor(bx / 2 ** bit) % 2 === 1) addOne(this.counts, places.bxBits + bit);
  }

  /**
   * All rows of the orbit have been given.
   * @param bx0 of the earliest signal of the source that gives t0, as `tdc0`; of no meaning without one
   */
  close(orbit: number, hasHits: boolean, bx0: number, tdc0: number): void {
    this.bx0 = bx0;
    this.tdc0 = tdc0;
    if (this.signals.count > 1) sortSignals(this.signals);
    if (hasHits) this.findSegments();
    if (this.segments.length > 0) this.compareChambers();
    if (this.anySignal) this.closeSignals(hasHits);
    if (this.segments.length > 0) this.expectSignals();
    if (this.wordFpgas !== 0) this.closeWords();
    if (this.segments.length > 0) this.offer(orbit);
    if (this.anySignal) this.signalCounts.fill(0);
    this.signals.count = 0;
    this.anySignal = false;
    this.segments.length = 0;
  }

  private findSegments(): void {
    const { firsts, segments } = this;
    for (let chamber = 0; chamber < this.hits.length; chamber += 1) {
      firsts[chamber] = segments.length;
      const hits = this.hits[chamber] as ChamberHits;
      if (hits.length === 0) continue;
      if (hits.length > 1) hits.sort();
      if (hits.length > 2) {
        this.finder.find(hits, chamber, this.offsetsNs[chamber] as number, this.signals, segments);
        this.fillChamber(chamber, hits);
      }
      this.fillNoise(chamber, hits);
      hits.clear();
    }
    firsts[this.hits.length] = segments.length;
  }

  private fillNoise(chamber: number, hits: ChamberHits): void {
    const { noiseHits, noiseCells, repeats } = this.layout.chambers[chamber] as ChamberPlaces;
    const { counts, lastNs, lastOf } = this;
    this.turn += 1;
    const { cells, timesNs, order, fates, length } = hits;
    for (let i = 0; i < length; i += 1) {
      const hit = order[i] as number;
      const cell = cells[hit] as number;
      const time = timesNs[i] as number;
      if (fates[hit] === unused || fates[hit] === irregular) {
        addOne(counts, noiseHits);
        addOne(counts, noiseCells + cell);
      }
      if (lastOf[cell] === this.turn && time - (lastNs[cell] as number) <= repeatNs) addOne(counts, repeats);
      lastOf[cell] = this.turn;
      lastNs[cell] = time;
    }
  }

  private fillChamber(chamber: number, hits: ChamberHits): void {
    const { finder, counts, segments } = this;
    const places = this.layout.chambers[chamber] as ChamberPlaces;
    add(counts, places.showers, finder.showers);
    add(counts, places.ambiguous, finder.ambiguous);
    add(counts, places.hitsUsed, finder.hitsUsed);
    if (finder.ambiguous > 0)
      for (let layer = 0; layer < layersPerChamber; layer += 1)
        add(counts, places.layerMissed + layer, finder.ambiguousMissing[layer] as number);
    const first = this.firsts[chamber] as number;
    for (let segment = first; segment < segments.length; segment += 1) {
      fillAt(counts, places.angle, fillAxes.angleDegrees, degreesOf(segments.slopes[segment] as number));
      fillAt(counts, places.position, fillAxes.positionMm, segments.xMm[segment] as number);
      const timing = segments.timingNs[segment] as number;
      if (!Number.isNaN(timing)) fillAt(counts, places.t0Scint, fillAxes.t0ScintNs, timing);
      if (segments.hits[segment] === 4) this.fillFourHits(chamber, segment, hits);
      else this.fillThreeHits(chamber, segment);
    }
  }

  private fillFourHits(chamber: number, segment: number, hits: ChamberHits): void {
    const { counts, segments, detector } = this;
    const places = this.layout.chambers[chamber] as ChamberPlaces;
    addOne(counts, places.fourHit);
    const at = segment * layersPerChamber;
    const sides = segments.sides[segment] as number;
    const { points, distances } = this;
    for (let layer = 0; layer < layersPerChamber; layer += 1) {
      const cell = segments.cells[at + layer] as number;
      const driftNs = segments.driftNs[at + layer] as number;
      addOne(counts, places.cellFound + cell);
      fillAt(counts, places.driftTime[layer] as number, fillAxes.driftTimeNs, driftNs);
      const distance = (driftNs * detector.driftVelocityUmPerNs) / 1000;
      distances[layer] = distance;
      points[layer] = wireOf(cell) + ((sides >> layer) & 1 ? distance : -distance);
    }
    for (let layer = 0; layer < layersPerChamber; layer += 1) {
      const wire = wireOf(segments.cells[at + layer] as number);
      const row = layer * layersPerChamber;
      const line =
        (lineCoefficients[row] as number) * (points[0] as number) +
        (lineCoefficients[row + 1] as number) * (points[1] as number) +
        (lineCoefficients[row + 2] as number) * (points[2] as number) +
        (lineCoefficients[row + 3] as number) * (points[3] as number);
      const residual = Math.abs(distances[layer] as number) - Math.abs(line - wire);
      fillAt(counts, places.residual[layer] as number, fillAxes.residualMm, residual);
    }
    if (this.signals.count === 0) return;
    if (alternates(sides, 0)) this.fillMeanTimer(chamber, segment, hits, 0);
    if (alternates(sides, 1)) this.fillMeanTimer(chamber, segment, hits, 1);
  }

  /** Of the layers first, first + 1 and first + 2. */
  private fillMeanTimer(chamber: number, segment: number, hits: ChamberHits, first: number): void {
    const at = (segment - (this.firsts[chamber] as number)) * layersPerChamber + first;
    const { numbers } = this.finder;
    const a = this.driftTime(chamber, hits, numbers[at] as number);
    const b = this.driftTime(chamber, hits, numbers[at + 1] as number);
    const c = this.driftTime(chamber, hits, numbers[at + 2] as number);
    const places = this.layout.chambers[chamber]?.meanTimer[first] as number;
    fillAt(this.counts, places, fillAxes.meanTimerNs, (a + c) / 2 + b);
  }

  /** As the histogram of drift times has it. */
  private driftTime(chamber: number, hits: ChamberHits, hit: number): number {
    const after = timeAfterNs(hits.bx[hit] as number, hits.tdc[hit] as number, this.bx0, this.tdc0);
    return after + (this.offsetsNs[chamber] as number);
  }

  private fillThreeHits(chamber: number, segment: number): void {
    const { counts, segments } = this;
    const places = this.layout.chambers[chamber] as ChamberPlaces;
    addOne(counts, places.threeHit);
    let layer = 0;
    while (segments.cells[segment * layersPerChamber + layer] !== noCell) layer += 1;
    const x =
      (segments.xMm[segment] as number) +
      (segments.slopes[segment] as number) * (layerHeightsMm[layer] as number);
    const first = firstWireMm[layer] as number;
    const wire = Math.round((x - first) / cellWidthMm);
    if (wire < 0 || wire >= cellsPerLayer) return;
    if (Math.abs(x - first - wire * cellWidthMm) > cellWidthMm / 2 - wallMarginMm) return;
    addOne(counts, places.layerMissed + layer);
    addOne(counts, places.cellMissed + cellOf(layer + 1, wire));
  }

  /** The only segment of a chamber; -1 with none or several. */
  private only(chamber: number): number {
    const first = this.firsts[chamber] as number;
    return (this.firsts[chamber + 1] as number) === first + 1 ? first : -1;
  }

  private onlyFourHit(chamber: number): number {
    const segment = this.only(chamber);
    return segment >= 0 && this.segments.hits[segment] === 4 ? segment : -1;
  }

  private compareChambers(): void {
    const { counts, heightsMm, segments } = this;
    for (const { from, to, expected, found, dx } of this.layout.pairs) {
      const first = this.onlyFourHit(from[0] as number);
      if (first < 0) continue;
      const heightMm = heightsMm[to] as number;
      let line: number;
      if (from.length === 1) line = this.lineAt(first, heightMm);
      else {
        const second = this.onlyFourHit(from[1] as number);
        if (second < 0) continue;
        const low = heightsMm[from[0] as number] as number;
        const high = heightsMm[from[1] as number] as number;
        const xLow = segments.xMm[first] as number;
        const xHigh = segments.xMm[second] as number;
        line = xLow + ((xHigh - xLow) * (heightMm - low)) / (high - low);
      }
      if (!(line >= leftWallMm + edgeMarginMm && line <= rightWallMm - edgeMarginMm)) continue;
      addOne(counts, expected);
      const distance = this.nearestTo(line, to);
      if (Number.isNaN(distance)) continue;
      if (Math.abs(distance) <= pairFoundMm) addOne(counts, found);
      fillAt(counts, dx, fillAxes.pairMm, distance);
    }
  }

  private lineAt(segment: number, heightMm: number): number {
    const { segments, heightsMm } = this;
    const from = heightsMm[segments.chambers[segment] as number] as number;
    return (segments.xMm[segment] as number) + (segments.slopes[segment] as number) * (heightMm - from);
  }

  /** Distance of the nearest segment of a chamber from x; NaN without one. */
  private nearestTo(xMm: number, chamber: number): number {
    let nearest = NaN;
    for (let i = this.firsts[chamber] as number; i < (this.firsts[chamber + 1] as number); i += 1) {
      const distance = (this.segments.xMm[i] as number) - xMm;
      if (!(Math.abs(distance) >= Math.abs(nearest))) nearest = distance;
    }
    return nearest;
  }

  private closeSignals(hasHits: boolean): void {
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

  private expectSignals(): void {
    const { plateChambers, timing } = this.layout;
    const plate = this.detector.timingPlate;
    if (plateChambers === null || plate === null) return;
    for (const chamber of plateChambers) {
      const segment = this.only(chamber);
      if (segment < 0) return;
      if (!(Math.abs(this.lineAt(segment, plate.heightMm)) <= plate.sideMm / 2 - edgeMarginMm)) return;
    }
    for (let source = 0; source < timing.length; source += 1) {
      const { expected, found } = timing[source] as TimingPlaces;
      addOne(this.counts, expected);
      if ((this.signalCounts[source] as number) > 0) addOne(this.counts, found);
    }
  }

  private closeWords(): void {
    for (let fpga = 0; fpga < fpgaCount; fpga += 1)
      if (((this.wordFpgas >> fpga) & 1) !== 0) this.closeWordsOf(fpga);
    this.wordFpgas = 0;
  }

  private closeWordsOf(fpga: number): void {
    const { words, counts } = this;
    const first = fpga * triggerHeadCount;
    let most = 0;
    let fewest = Infinity;
    for (let at = first; at < first + triggerHeadCount; at += 1) {
      most = Math.max(most, words[at] as number);
      fewest = Math.min(fewest, words[at] as number);
    }
    const places = this.layout.fpgas[fpga] as FpgaPlaces;
    add(counts, places.candidates, most);
    add(counts, places.incomplete, most - fewest);
    add(counts, places.repeated, most - 1);
    if (most === 1 && this.segments.length > 0) this.matchWords(fpga);
    for (let at = first; at < first + triggerHeadCount; at += 1) words[at] = 0;
  }

  /** Compares the one candidate of an FPGA with the segment of its chamber that is nearest in time. */
  private matchWords(fpga: number): void {
    const macrocell = this.macrocellOfFpga[fpga];
    if (macrocell === undefined) return;
    const { counts, segments, words } = this;
    const has = (head: number): boolean => (words[fpga * triggerHeadCount + head] as number) > 0;
    const t0 = has(0) ? (this.wordT0[fpga] as number) : -Infinity;
    let best = -1;
    const end = this.firsts[macrocell.chamber + 1] as number;
    for (let i = this.firsts[macrocell.chamber] as number; i < end; i += 1)
      if (best < 0 || this.isNearer(i, best, t0)) best = i;
    if (best < 0) return;
    const places = this.layout.fpgas[fpga] as FpgaPlaces;
    addOne(counts, places.matched);
    if (has(3)) {
      const difference = (this.wordTan[fpga] as number) - (segments.slopes[best] as number);
      fillAt(counts, places.tanDifference, fillAxes.tanDifference, difference);
    }
    if (has(4)) {
      const difference = (this.wordX[fpga] as number) + macrocell.shiftMm - (segments.xMm[best] as number);
      fillAt(counts, places.xDifference, fillAxes.xDifferenceMm, difference);
    }
    if (has(0))
      fillAt(counts, places.t0Difference, fillAxes.t0DifferenceNs, t0 - (segments.t0Ns[best] as number));
  }

  /** Of two equally near ones the earlier; without a time the earliest. */
  private isNearer(a: number, b: number, t0: number): boolean {
    const { t0Ns } = this.segments;
    const [timeA, timeB] = [t0Ns[a] as number, t0Ns[b] as number];
    if (t0 === -Infinity) return timeA < timeB;
    const apart = Math.abs(timeA - t0) - Math.abs(timeB - t0);
    return apart < 0 || (apart === 0 && timeA < timeB);
  }

  private offer(orbit: number): void {
    const { segments, result } = this;
    this.receive?.(orbit, segments);
    const several = segments.chambers[0] !== segments.chambers[segments.length - 1];
    const place = { orbit, rank: several ? 0 : 1, hash: hashOfOrbit(orbit) };
    if (!result.sample.wants(place, segments.length)) return;
    result.sample.add({ ...place, segments: orderOf(segments).map((i) => segments.extract(i, orbit)) });
  }

  /** Brings the spectra, which are counted apart, to the counters; after the last orbit. */
  finish(): void {
    for (const fpga of new Set(this.fpgaOfChamber)) {
      const places = this.layout.fpgas[fpga];
      if (places !== undefined) this.finishFpga(fpga, places);
    }
  }

  private finishFpga(fpga: number, places: FpgaPlaces): void {
    const { counts, tdcCounts, bxCounts } = this;
    for (let tdc = 0; tdc <= maxSegmentTdc; tdc += 1) {
      const at = fpga * (maxSegmentTdc + 1) + tdc;
      add(counts, places.tdc + tdc, tdcCounts[at] as number);
      tdcCounts[at] = 0;
    }
    const { bins, upper } = muonAxes.bx;
    for (let bx = 0; bx < countedBx; bx += 1) {
      const count = bxCounts[fpga * countedBx + bx] as number;
      if (count === 0) continue;
      bxCounts[fpga * countedBx + bx] = 0;
      if (bx > maxSegmentBx) add(counts, places.bxOut, count);
      add(counts, places.bx + (bx < upper ? Math.floor((bx * bins) / upper) : bins + 1), count);
      for (let bit = 0; bit < bxBitCount; bit += 1)
        if (((bx >> bit) & 1) !== 0) add(counts, places.bxBits + bit, count);
    }
  }
}

/** One that is not in use, by detector: to make one costs more than a small window. */
const idle = new WeakMap<DetectorConfig, OrbitMuons>();

/** What a merge fills; to be given back when the merge is complete, so that a failed one leaves nothing behind. */
export function takeOrbitMuons(detector: DetectorConfig): OrbitMuons {
  const known = idle.get(detector);
  idle.delete(detector);
  return known ?? new OrbitMuons(detector);
}

export function giveBackOrbitMuons(detector: DetectorConfig, muons: OrbitMuons): void {
  idle.set(detector, muons);
}

/** More signals of an orbit are sorted by the engine. */
const fewSignals = 16;

function sortSignals({ timesNs, count }: OrbitSignals): void {
  if (count > fewSignals) {
    timesNs.subarray(0, count).sort();
    return;
  }
  for (let i = 1; i < count; i += 1) {
    const time = timesNs[i] as number;
    let to = i;
    for (; to > 0 && (timesNs[to - 1] as number) > time; to -= 1) timesNs[to] = timesNs[to - 1] as number;
    timesNs[to] = time;
  }
}

/** Numbers of the segments by chamber, then t0. */
export function orderOf({ length, chambers, t0Ns }: SegmentList): number[] {
  return Array.from({ length }, (_, i) => i).sort(
    (a, b) => (chambers[a] as number) - (chambers[b] as number) || (t0Ns[a] as number) - (t0Ns[b] as number),
  );
}

const wirePositions = Float64Array.from({ length: cellsPerChamber }, (_, cell) => wirePositionMm(cell).x);
const wireOf = (cell: number): number => wirePositions[cell] as number;

const timeInOrbit = (bx: number, tdc: number): number => bunchCrossingNs * (bx + tdc / tdcPerBunchCrossing);

/** TDC counts of usual hits in bunch crossings: a division less for each hit. */
const partsOfCrossing = Float64Array.from({ length: 128 }, (_, tdc) => tdc / tdcPerBunchCrossing);

const degreesOf = (slope: number): number => (Math.atan(slope) * 180) / Math.PI;

function add(counts: Float64Array, at: number, count: number): void {
  counts[at] = (counts[at] as number) + count;
}

/** Whether the sides of three layers in a row alternate. */
function alternates(sides: number, first: number): boolean {
  const three = (sides >> first) & 7;
  return three === 0b010 || three === 0b101;
}
