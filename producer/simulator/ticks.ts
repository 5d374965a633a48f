/** TDC counts: the unit of time of the simulated front end. */
import type { DetectorConfig } from "../../pipeline/model/index.js";

export interface Ticks {
  /** Length of a TDC count: 25/30 ns by default. */
  tickNs: number;
  ticksPerBx: number;
  ticksPerOrbit: number;
  bxPerOrbit: number;
}

export function ticksOf({ readout: { bxNs, tdcPerBx, bxPerOrbit } }: DetectorConfig): Ticks {
  return {
    tickNs: bxNs / tdcPerBx,
    ticksPerBx: tdcPerBx,
    ticksPerOrbit: bxPerOrbit * tdcPerBx,
    bxPerOrbit,
  };
}
