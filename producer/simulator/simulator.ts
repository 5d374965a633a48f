/** The telescope as a source of rows: seeded, with known truth and switchable faults. */
import {
  changeFaults,
  clockOf,
  defaultDetector,
  maxOrbit,
  noFaults,
  UsageError,
} from "../../pipeline/model/index.js";
import type { DetectorConfig, Faults } from "../../pipeline/model/index.js";
import { Random } from "../random.js";
import type { RowBlock, RowSource } from "../source.js";
import { deadCellsOf, fpgasOf } from "./channels.js";
import { DelayLine } from "./delay-line.js";
import { effectsOf } from "./effects.js";
import { EventMaker } from "./events.js";
import { FaultSchedule } from "./fault-schedule.js";
import { FrontEnd } from "./front-end.js";
import { writeGarbage } from "./garbage.js";
import { HotCells } from "./hot-cells.js";
import { HotWire } from "./hot-wire.js";
import { OrbitClock } from "./orbit-clock.js";
import { simulatorPresets } from "./presets.js";
import type { SimulatorPreset } from "./presets.js";
import { Readout } from "./readout.js";
import { freeRow, lostRow } from "./row-queue.js";
import type { Row } from "./row-queue.js";
import { longestRowBytes, writeRow } from "./row-writer.js";
import { orbitsAhead } from "./trigger-words.js";
import { TruthCounter } from "./truth.js";
import type { Truth } from "./truth.js";

/** Rate of the rows of the real telescope. */
export const defaultRateHz = 1000;
/** The read-out starts to fetch at this number of waiting rows. */
const waitingRows = 16;

interface SimulatorOptions {
  /** Default 1. */
  seed?: number;
  /** Rows/s of the healthy telescope, which determine the pace of the orbit counter; default 1000. */
  rateHz?: number;
  /** Value of the orbit counter at the start, 0..2^32 - 1; default from the seed. */
  firstOrbit?: number;
  detector?: DetectorConfig;
  /** Quality of the telescope; default `clean`. */
  preset?: SimulatorPreset;
  /** Whether the hits arrive 10-12 s after the trigger words of their orbit, as in some of the measured data. */
  wordsAhead?: boolean;
}

export class Simulator implements RowSource {
  readonly name = "simulator";
  private readonly detector: DetectorConfig;
  private readonly clock: OrbitClock;
  private readonly readout: Readout;
  private readonly events: EventMaker;
  private readonly hotWire: HotWire;
  /** Faults use their own random numbers, so that they do not change the other rows. */
  private readonly faultRandom: Random;
  private readonly counter: TruthCounter;
  private readonly fpgas: number[];
  private readonly frontEnd: FrontEnd;
  private readonly schedule: FaultSchedule;
  private readonly hotCells: HotCells;
  private readonly delay: DelayLine | null;
  private readonly row: Row = { head: 0, fpga: 0, channel: 0, orbit: 0, bx: 0, tdc: 0, slot: 0, flags: 0 };
  private currentFaults = noFaults;
  private deadCells: Uint8Array;
  private scratch = new Uint8Array(0);
  private end = 0;
  private readonly orbitNs: number;

  constructor(options: SimulatorOptions = {}) {
    const { seed = 1, rateHz = defaultRateHz, detector = defaultDetector } = options;
    const random = new Random(seed);
    this.detector = detector;
    this.counter = new TruthCounter(detector.chambers.length);
    this.orbitNs = clockOf(detector).orbitNs;
    this.faultRandom = new Random(random.nextUint32());
    this.clock = new OrbitClock(
      checkOrbit(options.firstOrbit ?? random.nextUint32()),
      checkRate(rateHz),
      this.orbitNs,
    );
    this.fpgas = fpgasOf(detector);
    const { clock, faultRandom } = this;
    const model = simulatorPresets[options.preset ?? "clean"];
    this.readout = new Readout(this.fpgas, new Random(random.nextUint32()));
    const { readout } = this;
    this.delay = options.wordsAhead === true ? new DelayLine(readout, this.fpgas, orbitsAhead) : null;
    this.frontEnd = new FrontEnd(detector, model, random, faultRandom, clock, readout, this.delay);
    this.events = new EventMaker(detector, model, random, faultRandom, clock, this.frontEnd);
    this.schedule = new FaultSchedule(faultRandom);
    this.hotWire = new HotWire(faultRandom, clock);
    this.hotCells = new HotCells(detector, faultRandom, clock);
    this.deadCells = deadCellsOf(null);
    if (this.delay !== null) this.fillDelay(this.delay);
  }

  /** Advances the time until hits are due; earlier hits and the words of that time are lost. */
  private fillDelay(delay: DelayLine): void {
    const endOrbits = this.clock.elapsedBefore(0) + delay.longestOrbits;
    while (this.clock.elapsedBefore(0) < endOrbits) this.events.next();
    delay.release(endOrbits);
    this.readout.clear();
  }

  /** @returns fewer rows than requested if a part is dead */
  next(maxRows: number): RowBlock {
    if (this.scratch.length < maxRows * longestRowBytes)
      this.scratch = new Uint8Array(maxRows * longestRowBytes);
    this.end = 0;
    let rows = 0;
    let spent = 0;
    while (rows < maxRows && spent < maxRows) {
      while (this.readout.spending <= waitingRows) this.makeEvent();
      const row = this.nextRow();
      if ((row.flags & freeRow) === 0) spent += 1;
      if ((row.flags & lostRow) === 0 && this.emit(row)) rows += 1;
    }
    return { bytes: this.scratch.slice(0, this.end), rows, spent };
  }

  private makeEvent(): void {
    const nowOrbits = this.clock.elapsedBefore(0);
    if (this.schedule.isDue(nowOrbits)) this.switchFaults(nowOrbits);
    this.events.next();
    this.delay?.release(this.clock.elapsedBefore(0));
  }

  /** Applies the active faults to the telescope. */
  private switchFaults(nowOrbits: number): void {
    const effects = effectsOf(this.schedule.present(nowOrbits), this.fpgas);
    this.frontEnd.effects = effects;
    this.hotCells.set(effects?.hotHz ?? null, this.readOutOrbits());
  }

  /** The next row: a waiting row, or one of a hot cell. */
  private nextRow(): Row {
    const nowOrbits = this.readOutOrbits();
    if (this.hotWire.fires(nowOrbits)) return this.hotWire.row;
    const hot = this.hotCells.fires(nowOrbits);
    if (hot !== null) return hot;
    this.readout.shiftInto(this.row);
    return this.row;
  }

  /** Truth about all rows returned so far. */
  truth(): Truth {
    return this.counter.read();
  }

  get faults(): Faults {
    return structuredClone(this.currentFaults);
  }

  setFaults(change: Partial<Faults>): Faults {
    this.currentFaults = changeFaults(this.currentFaults, change, this.detector);
    this.deadCells = deadCellsOf(this.currentFaults.dead_layer);
    if (change.detector !== undefined) {
      const nowOrbits = this.clock.elapsedBefore(0);
      this.schedule.set(this.currentFaults.detector, nowOrbits);
      this.switchFaults(nowOrbits);
    }
    if (change.hot_wire !== undefined) {
      this.hotWire.set(this.currentFaults.hot_wire, this.detector, this.readOutOrbits());
    }
    return this.faults;
  }

  setRate(rateHz: number): void {
    this.clock.setRate(checkRate(rateHz));
    this.hotWire.restart(this.readOutOrbits());
    this.hotCells.restart(this.readOutOrbits());
  }

  /** Advances the clock by a time in which nothing was read; drops all waiting rows. */
  pass(elapsedMs: number): void {
    const { clock, delay } = this;
    this.readout.clear();
    delay?.clear();
    const fillMs = delay === null ? 0 : (delay.longestOrbits * this.orbitNs) / 1e6;
    clock.passMs(Math.max(0, elapsedMs - fillMs));
    if (delay !== null) this.fillDelay(delay);
    this.hotWire.restart(this.readOutOrbits());
    this.hotCells.restart(this.readOutOrbits());
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Time of the next row, in orbits since the start. */
  private readOutOrbits(): number {
    return this.clock.elapsedBefore(this.readout.spending);
  }

  /** Writes a row, or garbage instead; false if the row is from a dead part. */
  private emit(row: Row): boolean {
    const { garbage, dead_fpga } = this.currentFaults;
    if (row.fpga === dead_fpga || this.deadCells[row.slot] === 1) return false;
    if (garbage > 0 && this.faultRandom.uniform() < garbage) {
      this.end = writeGarbage(this.scratch, this.end, this.faultRandom);
      this.counter.countGarbage();
    } else {
      this.end = writeRow(this.scratch, this.end, row);
      this.counter.countRow(row.slot);
    }
    return true;
  }
}

function checkRate(rateHz: number): number {
  if (rateHz > 0 && Number.isFinite(rateHz)) return rateHz;
  throw new UsageError(`the simulator's rate must be a number of rows/s above 0, not ${rateHz}`);
}

function checkOrbit(orbit: number): number {
  if (Number.isInteger(orbit) && orbit >= 0 && orbit <= maxOrbit) return orbit;
  throw new UsageError(`the first orbit must be an integer 0..${maxOrbit}, not ${orbit}`);
}
