/** Any number of cells that fire by themselves. */
import { cellsPerChamber } from "../../pipeline/model/index.js";
import type { DetectorConfig } from "../../pipeline/model/index.js";
import type { Random } from "../random.js";
import { HotWire } from "./hot-wire.js";
import type { OrbitClock } from "./orbit-clock.js";
import type { Row } from "./row-queue.js";

export class HotCells {
  private readonly wires = new Map<number, { wire: HotWire; rateHz: number }>();

  constructor(
    private readonly detector: DetectorConfig,
    private readonly random: Random,
    private readonly clock: OrbitClock,
  ) {}

  /**
   * Cells whose rate does not change continue.
   * @param ratesHz rates by slot, 0 for a cell that is not hot; null if no cell is hot
   */
  set(ratesHz: Float64Array | null, nowOrbits: number): void {
    if (ratesHz === null) return this.wires.clear();
    const slots = this.detector.chambers.length * cellsPerChamber;
    for (let slot = 0; slot < slots; slot += 1) this.setCell(slot, ratesHz[slot] as number, nowOrbits);
  }

  private setCell(slot: number, rateHz: number, nowOrbits: number): void {
    if ((this.wires.get(slot)?.rateHz ?? 0) === rateHz) return;
    this.wires.delete(slot);
    if (rateHz === 0) return;
    const wire = new HotWire(this.random, this.clock);
    const [chamber, cell] = [Math.floor(slot / cellsPerChamber), slot % cellsPerChamber];
    wire.set({ chamber, cell, rate_hz: rateHz }, this.detector, nowOrbits);
    this.wires.set(slot, { wire, rateHz });
  }

  restart(nowOrbits: number): void {
    for (const { wire } of this.wires.values()) wire.restart(nowOrbits);
  }

  /** A hit that is due, or null; valid until the next call. */
  fires(nowOrbits: number): Row | null {
    if (this.wires.size === 0) return null;
    for (const { wire } of this.wires.values()) if (wire.fires(nowOrbits)) return wire.row;
    return null;
  }
}
