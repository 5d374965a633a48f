/** What happens in the telescope: muons, noise and the read-out's own words, as rows in front of the read-out. */
import { cellsPerChamber, layerOfCell, maxDriftTimeNs } from "../../pipeline/model/index.js";
import type { DetectorConfig } from "../../pipeline/model/index.js";
import { Random } from "../random.js";
import { crossChamber } from "./cells.js";
import { cellSlots, internalSlot } from "./channels.js";
import type { Effects } from "./effects.js";
import { FrontEnd, tickNs, ticksPerOrbit } from "./front-end.js";
import { crossesPlate, MuonFlux } from "./muon.js";
import type { Track } from "./muon.js";
import type { OrbitClock } from "./orbit-clock.js";
import type { TelescopeModel } from "./presets.js";
import type { Readout } from "./readout.js";
import { freeRow, lostRow } from "./row-queue.js";
import { StatusWords } from "./status-words.js";

/** Chance that a muon also gives a row of the read-out's own signal. */
const internalFraction = 0.03;
/** Noise hits are fetched as late as this, so that orbits come out of order at any rate. */
const longestNoiseDelayOrbits = 80;
/** A read-out that is dead part of the time stops and starts with this period. */
const deadTimePeriodOrbits = 2000;

/** Where events draw from. */
interface Draw {
  random: Random;
  flux: MuonFlux;
}

export class EventMaker {
  private readonly usual: Draw;
  /** Of events that a fault adds. */
  private readonly extra: Draw;
  private readonly words: StatusWords;
  /** Muons keep so far away from the ends of an orbit that all their hits lie in it. */
  private readonly marginTicks: number;
  /** Rows of HEAD 2 that are not yet balanced by status words. */
  private unbalanced = 0;
  private unbalancedExtra = 0;

  constructor(
    private readonly detector: DetectorConfig,
    private readonly model: TelescopeModel,
    random: Random,
    private readonly faultRandom: Random,
    private readonly clock: OrbitClock,
    private readonly readout: Readout,
    private readonly frontEnd: FrontEnd,
  ) {
    this.usual = { random, flux: new MuonFlux(detector, random) };
    this.extra = { random: faultRandom, flux: new MuonFlux(detector, faultRandom) };
    this.words = new StatusWords(detector, random, clock, frontEnd);
    const offsets = detector.chambers.map(({ driftOffsetNs }) => Math.abs(driftOffsetNs));
    const errors = [...model.chamberErrorsNs, ...model.layerErrorsNs].map(Math.abs);
    const longestNs =
      maxDriftTimeNs + Math.max(...offsets) + 2 * Math.max(...errors) + 50 * model.driftTimeResolutionNs;
    this.marginTicks = Math.ceil(longestNs / tickNs);
  }

  /** Lets one event happen, as many status words as it has rows, and the time of all these rows go by. */
  next(): void {
    const { frontEnd, readout } = this;
    const { effects } = frontEnd;
    const before = readout.spending;
    frontEnd.flags = effects === null ? 0 : this.flagsOf(effects);
    this.event(this.usual);
    this.unbalanced += readout.spending - before;
    while (this.unbalanced > 0) this.unbalanced -= this.words.push();
    if (effects !== null) this.extraEvents(effects);
    this.clock.passRows(readout.spending - before);
  }

  private flagsOf({ rate, deadTime }: Effects): number {
    if (rate < 1 && this.faultRandom.uniform() >= rate) return lostRow;
    if (deadTime === 0) return 0;
    const turn = (this.clock.elapsedBefore(0) / deadTimePeriodOrbits) % 1;
    return turn < deadTime ? lostRow : 0;
  }

  private extraEvents({ rate }: Effects): void {
    if (rate <= 1) return;
    const { frontEnd, readout } = this;
    const before = readout.length;
    frontEnd.flags = freeRow;
    for (let n = Math.floor(rate - 1 + this.faultRandom.uniform()); n > 0; n -= 1) this.event(this.extra);
    this.unbalancedExtra += readout.length - before;
    while (this.unbalancedExtra > 0) this.unbalancedExtra -= this.words.pushExtra(this.faultRandom);
    frontEnd.flags = 0;
  }

  private event(draw: Draw): void {
    if (draw.random.uniform() < this.model.noiseFraction) this.noise(draw.random);
    else this.muon(draw);
  }

  private noise(random: Random): void {
    const slot = random.below(cellSlots);
    const orbits = this.clock.elapsedBefore(0) - random.below(longestNoiseDelayOrbits);
    this.frontEnd.hit(slot, orbits, 1 + random.below(ticksPerOrbit));
  }

  private muon({ random, flux }: Draw): void {
    const { frontEnd, marginTicks } = this;
    const track = flux.next();
    const orbits = this.clock.elapsedBefore(0);
    const muonTick = marginTicks + random.below(ticksPerOrbit - 2 * marginTicks);
    const crossed = crossesPlate(track, this.detector.timingPlate);
    if (crossed && random.uniform() < this.model.scintillatorEfficiency) {
      if (frontEnd.effects?.isNoiseOnly === true) frontEnd.timing(this.anyOrbits(), this.anyTick());
      else frontEnd.timing(orbits, muonTick);
    }
    if (random.uniform() < internalFraction) frontEnd.signal(internalSlot, orbits, muonTick);
    this.chambers(track, random, orbits, muonTick);
  }

  /**
   * A hit's read-out time t = t0 + drift time - offset, as the monitor computes drift time = t - t0 + offset. It is
   * rounded up to a count, so that no drift time comes out negative.
   */
  private chambers(track: Track, random: Random, orbits: number, muonTick: number): void {
    const { frontEnd, model, faultRandom } = this;
    const { effects, flags } = frontEnd;
    this.detector.chambers.forEach((chamber, index) => {
      const kept = effects?.segmentsKept[index] ?? 1;
      if (kept < 1 && faultRandom.uniform() >= kept) frontEnd.flags |= lostRow;
      const offsetNs = chamber.driftOffsetNs - (model.chamberErrorsNs[index] ?? 0);
      const speed = effects?.driftSpeed[index] ?? 1;
      crossChamber(track, chamber, model, speed, random, (cell, driftTimeNs) => {
        const slot = index * cellsPerChamber + cell;
        if (effects?.isNoiseOnly === true) return void frontEnd.hit(slot, this.anyOrbits(), this.anyTick());
        const errorNs = model.layerErrorsNs[layerOfCell(cell) - 1] ?? 0;
        const ticks = Math.ceil((driftTimeNs + errorNs - offsetNs) / tickNs);
        frontEnd.hit(slot, orbits, muonTick + ticks);
      });
      frontEnd.flags = flags;
    });
  }

  private anyOrbits(): number {
    return this.clock.elapsedBefore(0) - this.faultRandom.below(longestNoiseDelayOrbits);
  }

  private anyTick(): number {
    return 1 + this.faultRandom.below(ticksPerOrbit);
  }
}
