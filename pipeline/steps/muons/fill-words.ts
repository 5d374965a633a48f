/** Fills `trigger_words`: candidates of each FPGA in an orbit, and their comparison with the segments of its chamber. */
import {
  clockOf,
  fpgaCount,
  timeInOrbitNs,
  type DetectorConfig,
  type MacrocellConfig,
  type ReadoutClock,
} from "../../model/index.js";
import {
  hasTan,
  hasTime,
  hasX,
  triggerBitsOf,
  triggerHeadCount,
  type TriggerEntry,
} from "../trigger-words.js";
import { add, addOne, fillAt, fillAxes, type FpgaPlaces, type MuonLayout } from "./layout.js";
import type { OrbitSegments } from "./orbit-segments.js";

/** Indices of the time, slope and position words among the kinds of trigger words. */
const [timePlace, tanPlace, xPlace] = [0, 3, 4];

export class WordFiller {
  /** Counters, see layout.ts; must be set before an orbit is filled. */
  counts!: Float64Array;
  /** Trigger words of the orbit by FPGA: counts by HEAD, shape (8 x 5), and the last values. */
  private readonly words = new Float64Array(fpgaCount * triggerHeadCount);
  private readonly t0Ns = new Float64Array(fpgaCount);
  private readonly tan = new Float64Array(fpgaCount);
  private readonly xMm = new Float64Array(fpgaCount);
  /** Bit mask of the FPGAs with words. */
  private fpgas = 0;
  private readonly macrocellOfFpga: (MacrocellConfig | undefined)[];
  private readonly clock: ReadoutClock;
  /** Bit mask of the possible contents of a candidate's words. */
  private readonly possible: number;

  constructor(
    detector: DetectorConfig,
    private readonly layout: MuonLayout,
    private readonly segments: OrbitSegments,
  ) {
    this.clock = clockOf(detector);
    this.possible = triggerBitsOf(detector.readout.heads).reduce((bits, bit) => bits | bit, 0);
    this.macrocellOfFpga = Array.from({ length: fpgaCount }, (_, fpga) =>
      detector.macrocells.find((macrocell) => macrocell.fpga === fpga),
    );
  }

  readonly take = (entry: TriggerEntry): void => {
    const { fpga, mask } = entry;
    const places = this.layout.fpgas[fpga];
    if (places === undefined) return;
    this.fpgas |= 1 << fpga;
    for (let head = 0; head < triggerHeadCount; head += 1)
      if (((mask >> head) & 1) !== 0) addOne(this.words, fpga * triggerHeadCount + head);
    if (hasTime(mask)) this.t0Ns[fpga] = timeInOrbitNs(entry.bx, entry.tdc, this.clock);
    if (hasTan(mask)) {
      this.tan[fpga] = entry.tan;
      fillAt(this.counts, places.tanPsi, fillAxes.tanPsi, entry.tan);
    }
    if (hasX(mask)) {
      this.xMm[fpga] = entry.xMm;
      fillAt(this.counts, places.localX, fillAxes.localXMm, entry.xMm);
    }
    if (entry.layers >= 0) addOne(this.counts, places.layers + entry.layers);
  };

  /** Ends the orbit; all its words and segments must be known. */
  close(): void {
    if (this.fpgas === 0) return;
    for (let fpga = 0; fpga < fpgaCount; fpga += 1)
      if (((this.fpgas >> fpga) & 1) !== 0) this.closeFpga(fpga);
    this.fpgas = 0;
  }

  private closeFpga(fpga: number): void {
    const { words, counts } = this;
    const first = fpga * triggerHeadCount;
    let most = 0;
    let fewest = Infinity;
    for (let at = first; at < first + triggerHeadCount; at += 1) {
      if (((this.possible >> (at - first)) & 1) === 0) continue;
      most = Math.max(most, words[at] as number);
      fewest = Math.min(fewest, words[at] as number);
    }
    const places = this.layout.fpgas[fpga] as FpgaPlaces;
    add(counts, places.candidates, most);
    add(counts, places.incomplete, most - fewest);
    add(counts, places.repeated, most - 1);
    if (most === 1 && this.segments.list.length > 0) this.match(fpga, places);
    for (let at = first; at < first + triggerHeadCount; at += 1) words[at] = 0;
  }

  /** Compares the one candidate of an FPGA with the segment of its chamber that is nearest in time. */
  private match(fpga: number, places: FpgaPlaces): void {
    const macrocell = this.macrocellOfFpga[fpga];
    if (macrocell === undefined) return;
    const { counts, segments } = this;
    const { slopes, xMm, t0Ns } = segments.list;
    const has = (place: number): boolean => (this.words[fpga * triggerHeadCount + place] as number) > 0;
    const t0 = has(timePlace) ? (this.t0Ns[fpga] as number) : null;
    let best = -1;
    for (let i = segments.firstOf(macrocell.chamber); i < segments.endOf(macrocell.chamber); i += 1)
      if (best < 0 || this.isNearer(i, best, t0)) best = i;
    if (best < 0) return;
    addOne(counts, places.matched);
    if (has(tanPlace)) {
      const difference = (this.tan[fpga] as number) - (slopes[best] as number);
      fillAt(counts, places.tanDifference, fillAxes.tanDifference, difference);
    }
    if (has(xPlace)) {
      const difference = (this.xMm[fpga] as number) + macrocell.shiftMm - (xMm[best] as number);
      fillAt(counts, places.xDifference, fillAxes.xDifferenceMm, difference);
    }
    if (t0 !== null)
      fillAt(counts, places.t0Difference, fillAxes.t0DifferenceNs, t0 - (t0Ns[best] as number));
  }

  /** Whether a is nearer than b. Of two equally near segments the earlier wins; without a time the earliest. */
  private isNearer(a: number, b: number, t0: number | null): boolean {
    const { t0Ns } = this.segments.list;
    const [timeA, timeB] = [t0Ns[a] as number, t0Ns[b] as number];
    if (t0 === null) return timeA < timeB;
    const apart = Math.abs(timeA - t0) - Math.abs(timeB - t0);
    return apart < 0 || (apart === 0 && timeA < timeB);
  }
}
