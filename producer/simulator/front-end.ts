/**
 * Converts signals to rows at the input of the read-out: dead time and after-pulses of the cells, time in counts, and the
 * effects of detector faults.
 */
import {
  cellOf,
  cellsPerChamber,
  cellsPerLayer,
  layerOfCell,
  layersPerChamber,
  maxOrbit,
} from "../../pipeline/model/index.js";
import type { ChannelConfig, DetectorConfig } from "../../pipeline/model/index.js";
import type { Random } from "../random.js";
import {
  channelsOf,
  scintillatorSlot,
  silentCellsOf,
  slotCount,
  slotLookup,
  unmappedSlot,
} from "./channels.js";
import type { SlotOf } from "./channels.js";
import type { DelayLine } from "./delay-line.js";
import type { Effects } from "./effects.js";
import type { OrbitClock } from "./orbit-clock.js";
import type { TelescopeModel } from "./presets.js";
import type { Readout } from "./readout.js";
import { freeRow, lostRow } from "./row-queue.js";
import { ticksOf, type Ticks } from "./ticks.js";

/** Dead time of a cell after a hit (measured in Legnaro: about 80 ns). */
const deadTimeNs = 80;
/** Delay of after-pulses after the hit. */
const afterPulseNs = { mean: 400, deviation: 60 };
/** Maximum delay of the second of two timing signals. */
const doubleSignalNs = 400;
const bxPerCounter = 4096;
/** Maximum delay of extra hits. */
const extraDelayOrbits = 80;

export class FrontEnd {
  /** Null in a telescope without faults. */
  effects: Effects | null = null;
  /** Flags of new rows. */
  flags = 0;
  /** Number of HEAD 2 rows so far that use up the set rate, and that are in addition to it. */
  spent = 0;
  free = 0;
  private readonly channels: ChannelConfig[];
  private readonly slotOf: SlotOf;
  /** Time of the newest hit of each cell. */
  private readonly lastOrbit = new Float64Array(slotCount).fill(-1);
  private readonly lastTick = new Int32Array(slotCount);
  private readonly silent: Uint8Array;
  readonly ticks: Ticks;
  private readonly deadTicks: number;
  private readonly hitHead: number;

  constructor(
    detector: DetectorConfig,
    private readonly model: TelescopeModel,
    private readonly random: Random,
    private readonly faultRandom: Random,
    private readonly clock: OrbitClock,
    private readonly readout: Readout,
    private readonly delay: DelayLine | null = null,
  ) {
    this.channels = channelsOf(detector);
    this.slotOf = slotLookup(detector);
    this.silent = silentCellsOf(detector);
    this.ticks = ticksOf(detector);
    this.deadTicks = Math.ceil(deadTimeNs / this.ticks.tickNs);
    this.hitHead = detector.readout.hitHead;
  }

  /**
   * A hit of a cell.
   * @param orbits orbits since the start
   * @param tick time within the orbit in TDC counts, from 1
   * @returns whether it is read out
   */
  hit(slot: number, orbits: number, tick: number): boolean {
    if (this.silent[slot] === 1 || !this.isAlive(slot, orbits, tick)) return false;
    const isRead = this.signal(slot, orbits, tick);
    this.afterPulse(slot, orbits, tick);
    const { effects } = this;
    if (effects !== null) this.extraHits(effects, slot);
    return isRead;
  }

  /** @returns whether the cell's dead time is over; if so, a new dead time begins */
  private isAlive(slot: number, orbits: number, tick: number): boolean {
    const orbit = Math.floor(orbits);
    const isDead =
      this.lastOrbit[slot] === orbit && Math.abs(tick - (this.lastTick[slot] as number)) < this.deadTicks;
    if (isDead) return false;
    this.lastOrbit[slot] = orbit;
    this.lastTick[slot] = tick;
    return true;
  }

  private afterPulse(slot: number, orbits: number, tick: number): void {
    const { afterPulseFraction } = this.model;
    if (afterPulseFraction > 0 && this.random.uniform() < afterPulseFraction)
      this.pulseAfter(this.random, slot, orbits, tick);
    const more = this.effects?.afterPulses[Math.floor(slot / cellsPerChamber)] ?? 0;
    if (more > 0 && this.faultRandom.uniform() < more)
      this.onTop(() => this.pulseAfter(this.faultRandom, slot, orbits, tick));
  }

  private pulseAfter(random: Random, slot: number, orbits: number, tick: number): void {
    const delayNs = Math.max(deadTimeNs, afterPulseNs.mean + afterPulseNs.deviation * random.normal());
    this.signal(slot, orbits, tick + Math.ceil(delayNs / this.ticks.tickNs));
  }

  private extraHits(effects: Effects, slot: number): void {
    const chamber = Math.floor(slot / cellsPerChamber);
    const layer = layerOfCell(slot % cellsPerChamber);
    const { faultRandom } = this;
    const first = chamber * cellsPerChamber;
    for (
      let n = this.drawn(effects.layerExtra[chamber * layersPerChamber + layer - 1] as number);
      n > 0;
      n -= 1
    )
      this.noise(first + cellOf(layer, faultRandom.below(cellsPerLayer)));
    for (let n = this.drawn(effects.chamberExtra[chamber] as number); n > 0; n -= 1)
      this.noise(first + faultRandom.below(cellsPerChamber));
  }

  private noise(slot: number): void {
    const { faultRandom } = this;
    const orbits = this.clock.elapsedBefore(0) - faultRandom.below(extraDelayOrbits);
    const tick = 1 + faultRandom.below(this.ticks.ticksPerOrbit);
    this.onTop(() => void this.signal(slot, orbits, tick));
  }

  /** A random integer with this mean: its whole part, or one more. */
  private drawn(mean: number): number {
    if (mean === 0) return 0;
    return Math.floor(mean + this.faultRandom.uniform());
  }

  /** Makes rows in addition to the set rate. */
  private onTop(make: () => void): void {
    const { flags } = this;
    this.flags |= freeRow;
    make();
    this.flags = flags;
  }

  /** A signal of the timing input that gives t0. */
  timing(orbits: number, tick: number): void {
    const { effects, faultRandom } = this;
    if (effects === null) return void this.signal(scintillatorSlot, orbits, tick);
    const { timingDouble, timingExtra, timingOrbit } = effects;
    this.signal(scintillatorSlot, orbits + timingOrbit, tick);
    if (timingDouble > 0 && faultRandom.uniform() < timingDouble) {
      const later = deadTimeNs + faultRandom.uniform() * (doubleSignalNs - deadTimeNs);
      this.onTop(
        () =>
          void this.signal(
            scintillatorSlot,
            orbits + timingOrbit,
            tick + Math.ceil(later / this.ticks.tickNs),
          ),
      );
    }
    for (let n = this.drawn(timingExtra); n > 0; n -= 1) this.noise(scintillatorSlot);
  }

  /** A signal without dead time. @returns whether it is read out */
  signal(slot: number, orbits: number, tick: number): boolean {
    const { effects } = this;
    if (effects !== null) return this.faulty(effects, slot, orbits, tick);
    const { fpga, channel } = this.channels[slot] as ChannelConfig;
    const { ticksPerBx } = this.ticks;
    const bx = Math.floor((tick - 1) / ticksPerBx);
    const tdc = tick - bx * ticksPerBx;
    this.give(fpga, channel, this.clock.counterAt(orbits), bx, tdc, slot, this.flags);
    return true;
  }

  private faulty(e: Effects, slot: number, orbits: number, tick: number): boolean {
    const { faultRandom, ticks } = this;
    const place =
      e.unmapped > 0 && faultRandom.uniform() < e.unmapped ? unmappedSlot : (e.wiring[slot] as number);
    const { fpga, channel } = this.channels[place] as ChannelConfig;
    const kept = (e.kept[slot] as number) * (e.rowsKept[fpga] as number);
    const isLost = kept < 1 && faultRandom.uniform() >= kept;
    const flags = this.flags | (isLost ? lostRow : 0);
    if (isLost && (flags & freeRow) !== 0) return false;
    const shifted = tick - 1 + this.shiftTicks(e, slot, place);
    const turns = Math.floor(shifted / ticks.ticksPerOrbit);
    const within = shifted - turns * ticks.ticksPerOrbit;
    let bx = Math.floor(within / ticks.ticksPerBx);
    let tdc = within - bx * ticks.ticksPerBx + 1;
    bx = (bx & (e.bxAnd[fpga] as number)) | (e.bxOr[fpga] as number);
    tdc = (tdc & (e.tdcAnd[fpga] as number)) | (e.tdcOr[fpga] as number);
    const high = e.bxHigh[fpga] as number;
    if (high > 0 && faultRandom.uniform() < high)
      bx = ticks.bxPerOrbit + faultRandom.below(bxPerCounter - ticks.bxPerOrbit);
    const orbit = this.counter(e, fpga, orbits + turns);
    const board = e.fpgas[fpga] as number;
    const seen = board === fpga ? place : this.slotOf(board, channel);
    this.give(board, channel, orbit, bx, tdc, seen, flags);
    return (flags & lostRow) === 0;
  }

  /** Whether hits arrive later than the words of their orbit. */
  get isDelayed(): boolean {
    return this.delay !== null;
  }

  /** Passes a row of HEAD 2 to the read-out, now or when it is due. */
  private give(
    fpga: number,
    channel: number,
    orbit: number,
    bx: number,
    tdc: number,
    slot: number,
    flags: number,
  ): void {
    if ((flags & freeRow) === 0) this.spent += 1;
    else this.free += 1;
    const { delay } = this;
    if (delay === null) return this.readout.push(this.hitHead, fpga, channel, orbit, bx, tdc, slot, flags);
    const nowOrbits = this.clock.elapsedBefore(0);
    delay.push(nowOrbits, this.hitHead, fpga, channel, orbit, bx, tdc, slot, flags);
  }

  /** Slot and time of a hit as seen by the trigger of its board. */
  seenSlot(slot: number): number {
    return this.effects?.wiring[slot] ?? slot;
  }

  seenTick(slot: number, tick: number): number {
    const { effects } = this;
    return effects === null ? tick : tick + this.shiftTicks(effects, slot, this.seenSlot(slot));
  }

  private shiftTicks({ shiftNs, bxOffset }: Effects, slot: number, place: number): number {
    const { fpga } = this.channels[place] as ChannelConfig;
    const { tickNs, ticksPerBx } = this.ticks;
    return Math.round((shiftNs[slot] as number) / tickNs) + (bxOffset[fpga] as number) * ticksPerBx;
  }

  /** Value of an FPGA's orbit counter. */
  private counter(e: Effects, fpga: number, orbits: number): number {
    const stuckAt = e.orbitStuckAt[fpga] as number;
    const resetAt = e.orbitResetAt[fpga] as number;
    const offset = e.orbitOffset[fpga] as number;
    if (!Number.isNaN(resetAt)) return wrapped(Math.floor(orbits - resetAt) + offset);
    return this.clock.counterAt((Number.isNaN(stuckAt) ? orbits : stuckAt) + offset);
  }

  /** A row of a HEAD other than 2, which has no slot. */
  word(head: number, fpga: number, channel: number, orbits: number, bx: number, tdc: number): void {
    const { effects: e } = this;
    if (e === null)
      return this.readout.push(head, fpga, channel, this.clock.counterAt(orbits), bx, tdc, -1, this.flags);
    const orbit = this.counter(e, fpga, orbits);
    const board = e.fpgas[fpga] as number;
    const kept = e.rowsKept[fpga] as number;
    const isLost = e.wordsLost[fpga] === 1 || (kept < 1 && this.faultRandom.uniform() >= kept);
    const flags = this.flags | (isLost ? lostRow : 0);
    this.readout.push(head, board, channel, orbit, bx, tdc, -1, flags);
    if ((flags & lostRow) !== 0) return;
    for (let n = this.drawn(e.wordExtra[head] as number); n > 0; n -= 1)
      this.readout.push(head, board, channel, orbit, bx, tdc, -1, flags | freeRow);
  }
}

function wrapped(orbits: number): number {
  const period = maxOrbit + 1;
  const counted = orbits % period;
  return counted < 0 ? counted + period : counted;
}
