/**
 * Trigger words: the rows of HEAD 3, 1, 0, 4 and 5 that a board sends for each candidate, in the measured order.
 * About half of all rows of the telescope are trigger words, more than its muons explain. The excess words are modelled
 * as those of tracks without hits in the read-out, 10-12 s ahead of the hits.
 */
import { cellWidthMm, layersPerChamber } from "../../pipeline/model/index.js";
import type { DetectorConfig } from "../../pipeline/model/index.js";
import type { Random } from "../random.js";
import type { FrontEnd } from "./front-end.js";
import type { OrbitClock } from "./orbit-clock.js";
import type { TelescopeModel } from "./presets.js";
import type { Ticks } from "./ticks.js";
import {
  bxOfTick,
  halfFloatOf,
  layerHeightMm,
  localWireMm,
  macrocellWires,
  type Candidate,
  type Trigger,
} from "./trigger.js";

/** Orbits by which words are ahead of the hits in measured rows, by macrocell. */
export const orbitsAhead = [138_000, 114_000] as const;
const wordsPerCandidate = 5;
const millionths = 1e6;
/** Tracks of words without hits: limit of local x, standard deviation of tan psi, margin and spread in time. */
const lone = { xMm: 70, tanDeviation: 0.35, marginTicks: 600, spreadOrbits: 400 };

export class TriggerWords {
  private turn = 0;
  private readonly nsPerMm: number;
  private readonly ticks: Ticks;

  constructor(
    detector: DetectorConfig,
    private readonly model: TelescopeModel,
    private readonly clock: OrbitClock,
    private readonly frontEnd: FrontEnd,
    private readonly trigger: Trigger,
    /** Whether words with hits are as far ahead as words without hits. */
    private readonly isAhead: boolean,
  ) {
    this.nsPerMm = 1000 / detector.driftVelocityUmPerNs;
    this.ticks = frontEnd.ticks;
  }

  /** Passes the words of the current event's candidates to the read-out. @returns number of rows */
  pushFound(random: Random): number {
    let rows = 0;
    for (let index = 0; index < this.trigger.count; index += 1) {
      const candidate = this.trigger.take(index);
      if (candidate !== null) rows += this.push(candidate, this.clock.elapsedBefore(0), random);
    }
    return rows;
  }

  /** Passes words of a track without hits, the macrocells in turn. @returns number of rows; Infinity without a trigger */
  pushLone(random: Random): number {
    const { trigger, clock } = this;
    if (trigger.count === 0) return Infinity;
    this.turn = (this.turn + 1) % trigger.count;
    const ahead = this.isAhead ? 0 : (orbitsAhead[this.turn % orbitsAhead.length] as number);
    let candidate: Candidate | null;
    do candidate = this.drawLone(this.turn, random);
    while (candidate === null);
    const orbits = clock.elapsedBefore(0) + ahead + random.below(lone.spreadOrbits);
    return this.push(candidate, orbits, random);
  }

  private drawLone(index: number, random: Random): Candidate | null {
    const { cellEfficiency, driftTimeResolutionNs } = this.model;
    const x0 = (2 * random.uniform() - 1) * lone.xMm;
    const tan = lone.tanDeviation * random.normal();
    const t0 = lone.marginTicks + random.below(this.ticks.ticksPerOrbit - 2 * lone.marginTicks);
    for (let layer = 1; layer <= layersPerChamber; layer += 1) {
      const x = x0 + tan * layerHeightMm(layer);
      const column = Math.round((x - localWireMm(layer, 0)) / cellWidthMm);
      if (column < 0 || column >= macrocellWires || random.uniform() >= cellEfficiency) continue;
      const distance = x - localWireMm(layer, column);
      const driftNs = Math.abs(Math.abs(distance) * this.nsPerMm + driftTimeResolutionNs * random.normal());
      this.trigger.put(
        index,
        layer,
        column,
        t0 + Math.ceil(driftNs / this.ticks.tickNs),
        distance < 0 ? -1 : 1,
      );
    }
    return this.trigger.take(index);
  }

  private push(candidate: Candidate, orbits: number, random: Random): number {
    const { repeatedWords, missingWords } = this.model;
    const lost = missingWords > 0 && random.uniform() < missingWords ? 4 + random.below(2) : -1;
    this.pushWords(candidate, orbits, lost);
    const isRepeated = repeatedWords > 0 && random.uniform() < repeatedWords;
    if (isRepeated) this.pushWords(candidate, orbits, -1);
    return (isRepeated ? 2 : 1) * wordsPerCandidate - (lost < 0 ? 0 : 1);
  }

  /** @param lostHead HEAD of the word that is missing */
  private pushWords(
    { fpga, pattern, sides, label, t0Tick, tan, xMm }: Candidate,
    orbits: number,
    lostHead: number,
  ): void {
    const { frontEnd } = this;
    const { bx, tdc } = bxOfTick(t0Tick, this.ticks.ticksPerBx);
    frontEnd.word(3, fpga, 0, orbits, pattern, 0);
    frontEnd.word(1, fpga, 0, orbits, 0, sides);
    frontEnd.word(0, fpga, label, orbits, bx, tdc);
    if (lostHead !== 4) frontEnd.word(4, fpga, 0, orbits, 0, Math.round(halfFloatOf(tan) * millionths));
    if (lostHead !== 5) frontEnd.word(5, fpga, 0, orbits, 0, Math.round(halfFloatOf(xMm) * millionths));
  }
}
