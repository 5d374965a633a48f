/** Derived quantities of each chamber vs time, which show slow drifts. */

/** Names of the quantities. The unit is in the name; efficiency is a fraction. */
export const quantityNames = [
  "efficiency",
  "residual_mm",
  "t0_ns",
  "drift_start_ns",
  "drift_end_ns",
  "noise_hz",
] as const;
export type QuantityName = (typeof quantityNames)[number];

/** A value with its statistical error; null without enough counts. */
export type Measured = [value: number, sigma: number] | null;

export type ChamberQuantities = Record<QuantityName, Measured>;

/** The quantities of all chambers over some time. */
export interface QuantityPoint {
  from_ms: number;
  to_ms: number;
  /** Time that is covered by windows, s. */
  seconds: number;
  chambers: ChamberQuantities[];
  /** Run number; only if each point is a run. */
  run?: number;
}

/** The lowest and highest value of a quantity of a chamber, with the times over which they were measured. */
export interface QuantityExtremes {
  quantity: QuantityName;
  chamber: number;
  lowest: QuantityValue;
  highest: QuantityValue;
}

interface QuantityValue {
  from_ms: number;
  to_ms: number;
  value: number;
  /** Statistical error. */
  sigma: number;
}

/** Length of the time over which counts are summed, ms. */
export const quantityBinMs = 300_000;
