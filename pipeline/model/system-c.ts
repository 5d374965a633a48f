/**
 * The output of an earlier system, "C", whose readers expect its own JSON form: four histograms for each chamber, with
 * their own bins. Names in capitals are those of that system.
 */

export type { SystemCChamber, SystemCHistogram, SystemCResult } from "./schema/message-parts.js";

/** Bins [lower + i step, lower + (i + 1) step), the last one cut at `upper`. */
export interface StepAxis {
  lower: number;
  upper: number;
  step: number;
}

export interface SystemCBins {
  /** Bins of TDC_CHANNEL. */
  channels: StepAxis;
  /** Bins of ORBIT_CNT. */
  orbits: StepAxis;
  driftTimeNs: StepAxis;
}

/** The bins of the earlier system. */
export const defaultSystemCBins: SystemCBins = {
  channels: { lower: 0, upper: 170, step: 5 },
  orbits: { lower: 600_000, upper: 10_000_000, step: 500_000 },
  driftTimeNs: { lower: 0, upper: 1000, step: 10 },
};

/** Number of bins of an axis. */
export function binsOf({ lower, upper, step }: StepAxis): number {
  return Math.ceil((upper - lower) / step);
}

/** Bin of a value; -1 outside the axis. */
export function binAt(axis: StepAxis, x: number): number {
  const { lower, upper, step } = axis;
  // Rounding may turn the quotient into the number of bins.
  return x >= lower && x < upper ? Math.min(Math.floor((x - lower) / step), binsOf(axis) - 1) : -1;
}

export function leftEdgesOf(axis: StepAxis): number[] {
  return Array.from({ length: binsOf(axis) }, (_, i) => axis.lower + i * axis.step);
}
