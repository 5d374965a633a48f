/** What happens in the telescope: muons, noise and the read-out's own words, as rows in front of the read-out. */
import {
  bunchCrossingNs,
  bunchCrossingsPerOrbit,
  cellsPerChamber,
  hitHead,
  maxDriftTimeNs,
  tdcPerBunchCrossing,
} from "../../pipeline/model/index.js";
import type { ChannelConfig, DetectorConfig } from "../../pipeline/model/index.js";
import type { Random } from "../random.js";
import { crossChamber, driftTimeResolutionNs } from "./cells.js";
import { cellSlots, channelsOf, scintillatorSlot, unmappedSlot } from "./channels.js";
import { crossesPlate, MuonFlux } from "./muon.js";
import type { Track } from "./muon.js";
import type { OrbitClock } from "./orbit-clock.js";
import type { Readout } from "./readout.js";
import { StatusWords } from "./status-words.js";

/** Chance that a muon through the plate gives a scintillator row. */
export const scintillatorEfficiency = 0.95;
/** Chance that an event is one noise hit instead of a muon. */
const noiseFraction = 0.3;
/** Chance that a muon also gives a row on a channel that the detector map does not know. */
const unmappedFraction = 0.03;
/** Noise hits are fetched as late as this, so that orbits come out of order at any rate. */
const longestNoiseDelayOrbits = 80;

/** Length of a TDC count: 25/30 ns. */
export const tickNs = bunchCrossingNs / tdcPerBunchCrossing;
const ticksPerOrbit = bunchCrossingsPerOrbit * tdcPerBunchCrossing;

export class EventMaker {
  private readonly flux: MuonFlux;
  private readonly channels: ChannelConfig[];
  private readonly words: StatusWords;
  /** Muons keep so far away from the ends of an orbit that all their hits lie in it. */
  private readonly marginTicks: number;
  /** Rows of HEAD 2 that are not yet balanced by status words. */
  private unbalanced = 0;

  constructor(
    private readonly detector: DetectorConfig,
    private readonly random: Random,
    private readonly clock: OrbitClock,
    private readonly readout: Readout,
  ) {
    this.flux = new MuonFlux(detector, random);
    this.channels = channelsOf(detector);
    this.words = new StatusWords(detector, random, clock, readout);
    const offsets = detector.chambers.map(({ driftOffsetNs }) => Math.abs(driftOffsetNs));
    const longestNs = maxDriftTimeNs + Math.max(...offsets) + 50 * driftTimeResolutionNs;
    this.marginTicks = Math.ceil(longestNs / tickNs);
  }

  /** Lets one event happen, as many status words as it has rows, and the time of all these rows go by. */
  next(): void {
    const before = this.readout.length;
    if (this.random.uniform() < noiseFraction) this.noise();
    else this.muon();
    this.unbalanced += this.readout.length - before;
    while (this.unbalanced > 0) this.unbalanced -= this.words.push();
    this.clock.passRows(this.readout.length - before);
  }

  private noise(): void {
    const slot = this.random.below(cellSlots);
    const orbit = this.clock.counter(-this.random.below(longestNoiseDelayOrbits));
    this.push(slot, orbit, 1 + this.random.below(ticksPerOrbit));
  }

  private muon(): void {
    const { random, marginTicks } = this;
    const track = this.flux.next();
    const orbit = this.clock.counter();
    const muonTick = marginTicks + random.below(ticksPerOrbit - 2 * marginTicks);
    const crossed = crossesPlate(track, this.detector.timingPlate);
    if (crossed && random.uniform() < scintillatorEfficiency) this.push(scintillatorSlot, orbit, muonTick);
    if (random.uniform() < unmappedFraction) this.push(unmappedSlot, orbit, muonTick);
    this.chambers(track, orbit, muonTick);
  }

  /**
   * A hit's read-out time t = t0 + drift time - offset, as the monitor computes drift time = t - t0 + offset. It is
   * rounded up to a count, so that no drift time comes out negative.
   */
  private chambers(track: Track, orbit: number, muonTick: number): void {
    this.detector.chambers.forEach((chamber, index) => {
      crossChamber(track, chamber, this.random, (cell, driftTimeNs) => {
        const ticks = Math.ceil((driftTimeNs - chamber.driftOffsetNs) / tickNs);
        this.push(index * cellsPerChamber + cell, orbit, muonTick + ticks);
      });
    });
  }

  /** @param tick time within the orbit in TDC counts, from 1; TDC_MEAS counts 1..30 within a bunch crossing */
  private push(slot: number, orbit: number, tick: number): void {
    const { fpga, channel } = this.channels[slot] as ChannelConfig;
    const bx = Math.floor((tick - 1) / tdcPerBunchCrossing);
    this.readout.push(hitHead, fpga, channel, orbit, bx, tick - bx * tdcPerBunchCrossing, slot);
  }
}
