/** Events in the telescope: muons, noise and the read-out's own words, as rows at the input of the read-out. */
import {
  cellsPerChamber,
  cellWidthMm,
  chamberSideMm,
  driftVelocityOf,
  layerOfCell,
  t0SourcesOf,
  timeOffsetsNs,
} from "../../pipeline/model/index.js";
import type { DetectorConfig, PlateConfig } from "../../pipeline/model/index.js";
import type { Random } from "../random.js";
import { crossChamber, type Drift } from "./cells.js";
import { cellSlots, internalSlot, otherTimingOf, otherTimingSlot } from "./channels.js";
import type { Effects } from "./effects.js";
import type { FrontEnd } from "./front-end.js";
import { crossesPlate, MuonFlux } from "./muon.js";
import type { Track } from "./muon.js";
import type { OrbitClock } from "./orbit-clock.js";
import type { TelescopeModel } from "./presets.js";
import { freeRow, lostRow } from "./row-queue.js";
import type { Ticks } from "./ticks.js";
import { Trigger } from "./trigger.js";
import { TriggerWords } from "./trigger-words.js";

/** Probability that a muon also produces a row of the read-out's own signal. */
const internalFraction = 0.03;
/** Maximum delay of noise hits, so that orbits are out of order even at low rates. */
const longestNoiseDelayOrbits = 80;
/** Additional cable delay of the second timing input. */
const otherTimingTicks = 12;
/** Period at which a read-out with dead time stops and starts. */
const deadTimePeriodOrbits = 2000;

/** Random sources of events. */
interface Draw {
  random: Random;
  flux: MuonFlux;
}

export class EventMaker {
  private readonly usual: Draw;
  /** Random sources of the events added by faults. */
  private readonly extra: Draw;
  private readonly trigger: Trigger;
  private readonly words: TriggerWords;
  /** Subtracted from the time of a hit, by slot of its cell, ns. */
  private readonly offsetsNs: Float64Array;
  /** Minimum time from a muon to the ends of its orbit, so that all its hits are in the same orbit. */
  private readonly marginTicks: number;
  private readonly ticks: Ticks;
  private readonly cells: number;
  private readonly plates: (PlateConfig | null)[];
  private readonly hasT0: boolean;
  /** Drift parameters by chamber. */
  private readonly drifts: Drift[];
  /** Rows of HEAD 2 that are not yet balanced by status words. */
  private unbalanced = 0;
  private unbalancedExtra = 0;

  constructor(
    private readonly detector: DetectorConfig,
    private readonly model: TelescopeModel,
    random: Random,
    private readonly faultRandom: Random,
    private readonly clock: OrbitClock,
    private readonly frontEnd: FrontEnd,
  ) {
    this.usual = { random, flux: new MuonFlux(detector, random) };
    this.extra = { random: faultRandom, flux: new MuonFlux(detector, faultRandom) };
    this.trigger = new Trigger(detector);
    this.words = new TriggerWords(detector, model, clock, frontEnd, this.trigger, frontEnd.isDelayed);
    this.offsetsNs = offsetsOf(detector, model);
    this.ticks = frontEnd.ticks;
    this.cells = detector.chambers.length * cellsPerChamber;
    const [first] = t0SourcesOf(detector);
    const other = detector.timing.find(({ givesT0 }) => !givesT0);
    const plate = first?.plate ?? assumedPlate(detector);
    this.plates = [plate, other?.plate ?? plate];
    this.hasT0 = first !== undefined;
    this.drifts = detector.chambers.map((_, chamber) => ({
      nsPerMm: 1000 / driftVelocityOf(detector, chamber),
      speed: 1,
    }));
    const slowest = Math.min(...detector.chambers.map((_, chamber) => driftVelocityOf(detector, chamber)));
    const longestNs =
      ((cellWidthMm / 2) * 1000) / slowest + this.offsetsNs.reduce(larger) + 50 * model.driftTimeResolutionNs;
    this.marginTicks = Math.ceil(longestNs / this.ticks.tickNs);
  }

  /** Makes one event and as many words as it has rows of HEAD 2, and advances the time for all these rows. */
  next(): void {
    const { frontEnd } = this;
    const { effects } = frontEnd;
    const before = frontEnd.spent;
    frontEnd.flags = effects === null ? 0 : this.flagsOf(effects);
    this.event(this.usual);
    const rows = frontEnd.spent - before;
    const words = this.makeWords(rows);
    if (effects !== null) this.extraEvents(effects);
    this.clock.passRows(rows + words);
  }

  /** Adds words of the event's candidates and of other tracks, as many as HEAD 2 rows. @returns number of rows */
  private makeWords(rows: number): number {
    const { random } = this.usual;
    let words = this.words.pushFound(random);
    this.unbalanced += rows - words;
    while (this.unbalanced > 0) {
      const more = this.words.pushLone(random);
      this.unbalanced -= more;
      if (more < Infinity) words += more;
      else this.unbalanced = 0;
    }
    return words;
  }

  private flagsOf({ rate, deadTime }: Effects): number {
    if (rate < 1 && this.faultRandom.uniform() >= rate) return lostRow;
    if (deadTime === 0) return 0;
    const turn = (this.clock.elapsedBefore(0) / deadTimePeriodOrbits) % 1;
    return turn < deadTime ? lostRow : 0;
  }

  private extraEvents({ rate }: Effects): void {
    if (rate <= 1) return;
    const { frontEnd, faultRandom } = this;
    const before = frontEnd.free;
    frontEnd.flags = freeRow;
    for (let n = Math.floor(rate - 1 + faultRandom.uniform()); n > 0; n -= 1) {
      this.event(this.extra);
      this.unbalancedExtra -= this.words.pushFound(faultRandom);
    }
    this.unbalancedExtra += frontEnd.free - before;
    while (this.unbalancedExtra > 0) this.unbalancedExtra -= this.words.pushLone(faultRandom);
    if (this.unbalancedExtra === -Infinity) this.unbalancedExtra = 0;
    frontEnd.flags = 0;
  }

  private event(draw: Draw): void {
    if (draw.random.uniform() < this.model.noiseFraction) this.noise(draw.random);
    else this.muon(draw);
  }

  private noise(random: Random): void {
    const slot = random.below(this.cells);
    const orbits = this.clock.elapsedBefore(0) - random.below(longestNoiseDelayOrbits);
    this.frontEnd.hit(slot, orbits, 1 + random.below(this.ticks.ticksPerOrbit));
  }

  private muon({ random, flux }: Draw): void {
    const { frontEnd, marginTicks } = this;
    const track = flux.next();
    const orbits = this.clock.elapsedBefore(0);
    const muonTick = marginTicks + random.below(this.ticks.ticksPerOrbit - 2 * marginTicks);
    const [plate = null, otherPlate = null] = this.plates;
    const crossed = this.hasT0 && crossesPlate(track, plate);
    if (crossed && random.uniform() < this.model.scintillatorEfficiency) {
      if (frontEnd.effects?.isNoiseOnly === true) frontEnd.timing(this.anyOrbits(), this.anyTick());
      else frontEnd.timing(orbits, muonTick);
    }
    const isOther = otherPlate === plate ? crossed : crossesPlate(track, otherPlate);
    const isSeen = isOther && random.uniform() < this.model.otherTimingEfficiency;
    if (isSeen && otherTimingOf(this.detector) !== undefined)
      frontEnd.signal(otherTimingSlot, orbits, muonTick + otherTimingTicks);
    if (random.uniform() < internalFraction) frontEnd.signal(internalSlot, orbits, muonTick);
    this.chambers(track, random, orbits, muonTick);
  }

  /**
   * A hit's read-out time t = t0 + drift time - offset, as the monitor computes drift time = t - t0 + offset. It is
   * rounded up to a count, so that no drift time comes out negative.
   */
  private chambers(track: Track, random: Random, orbits: number, muonTick: number): void {
    const { frontEnd, trigger, model, faultRandom, offsetsNs } = this;
    const { effects, flags } = frontEnd;
    const { tickNs } = this.ticks;
    this.detector.chambers.forEach((chamber, index) => {
      const kept = effects?.segmentsKept[index] ?? 1;
      if (kept < 1 && faultRandom.uniform() >= kept) frontEnd.flags |= lostRow;
      const drift = this.drifts[index] as Drift;
      drift.speed = effects?.driftSpeed[index] ?? 1;
      crossChamber(track, chamber, model, drift, random, (cell, driftTimeNs, side) => {
        const slot = index * cellsPerChamber + cell;
        if (effects?.isNoiseOnly === true) return void frontEnd.hit(slot, this.anyOrbits(), this.anyTick());
        const tick = muonTick + Math.ceil((driftTimeNs - (offsetsNs[slot] as number)) / tickNs);
        if (frontEnd.hit(slot, orbits, tick))
          trigger.hit(frontEnd.seenSlot(slot), frontEnd.seenTick(slot, tick), side);
      });
      frontEnd.flags = flags;
    });
  }

  private anyOrbits(): number {
    return this.clock.elapsedBefore(0) - this.faultRandom.below(longestNoiseDelayOrbits);
  }

  private anyTick(): number {
    return 1 + this.faultRandom.below(this.ticks.ticksPerOrbit);
  }
}

/** The plate of a timing input whose position is unknown: as large as a chamber, midway between the outer chambers. */
function assumedPlate({ chambers }: DetectorConfig): PlateConfig {
  const heights = chambers.map(({ heightMm }) => heightMm);
  return { heightMm: (Math.min(...heights) + Math.max(...heights)) / 2, sideMm: chamberSideMm };
}

/** Time by which the hits of each cell are early, ns, shape (cellSlots): configured offsets minus the telescope's errors. */
function offsetsOf(detector: DetectorConfig, model: TelescopeModel): Float64Array {
  const { chambers } = detector;
  const ofSource = t0SourcesOf(detector)[0]?.offsetNs ?? 0;
  const { chamberErrorsNs, layerErrorsNs } = model;
  const offsets = new Float64Array(cellSlots);
  chambers.forEach((chamber, index) => {
    const ofCells = timeOffsetsNs(chamber);
    for (let cell = 0; cell < cellsPerChamber; cell += 1) {
      const errorNs = (chamberErrorsNs[index] ?? 0) + (layerErrorsNs[layerOfCell(cell) - 1] ?? 0);
      offsets[index * cellsPerChamber + cell] =
        chamber.driftOffsetNs + ofSource + (ofCells[cell] as number) - errorNs;
    }
  });
  return offsets;
}

const larger = (most: number, one: number): number => Math.max(most, Math.abs(one));
