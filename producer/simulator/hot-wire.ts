/** A wire that fires by itself: additional hits at random times. */
import { cellsPerChamber, channelOfCell, clockOf } from "../../pipeline/model/index.js";
import type { DetectorConfig } from "../../pipeline/model/index.js";
import type { Random } from "../random.js";
import type { OrbitClock } from "./orbit-clock.js";
import { freeRow } from "./row-queue.js";
import type { Row } from "./row-queue.js";

/** The cell that fires, and its rate. */
interface HotCell {
  chamber: number;
  cell: number;
  rate_hz: number;
}

export class HotWire {
  private nextOrbit = Infinity;
  private meanOrbits = Infinity;
  private bxPerOrbit = 1;
  private tdcPerBx = 1;
  /** The hit found by {@link fires}. */
  readonly row: Row = { head: 0, fpga: 0, channel: 0, orbit: 0, bx: 0, tdc: 0, slot: 0, flags: 0 };

  constructor(
    private readonly random: Random,
    private readonly clock: OrbitClock,
  ) {}

  /** @param nowOrbits orbits since the start when it begins to fire */
  set(fault: HotCell | null, detector: DetectorConfig, nowOrbits: number): void {
    this.nextOrbit = Infinity;
    if (fault === null || fault.rate_hz === 0) return;
    const chamber = detector.chambers[fault.chamber];
    const place = chamber && channelOfCell(chamber, fault.cell);
    if (place == null) return;
    const { readout } = detector;
    [this.bxPerOrbit, this.tdcPerBx] = [readout.bxPerOrbit, readout.tdcPerBx];
    const slot = fault.chamber * cellsPerChamber + fault.cell;
    Object.assign(this.row, {
      head: readout.hitHead,
      ...place,
      slot,
      flags: freeRow,
    });
    this.meanOrbits = 1e9 / clockOf(detector).orbitNs / fault.rate_hz;
    this.schedule(nowOrbits);
  }

  /** Skips the time before `nowOrbits`, in which nothing was read out. */
  restart(nowOrbits: number): void {
    if (this.nextOrbit !== Infinity) this.schedule(nowOrbits);
  }

  /** Whether a hit is due at `nowOrbits`; if so, `row` contains it. */
  fires(nowOrbits: number): boolean {
    if (this.nextOrbit > nowOrbits) return false;
    this.row.orbit = this.clock.counterAt(this.nextOrbit);
    this.row.bx = this.random.below(this.bxPerOrbit);
    this.row.tdc = 1 + this.random.below(this.tdcPerBx);
    this.schedule(this.nextOrbit);
    return true;
  }

  private schedule(fromOrbits: number): void {
    this.nextOrbit = fromOrbits + this.meanOrbits * this.random.exponential();
  }
}
