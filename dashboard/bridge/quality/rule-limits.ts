/**
 * Allowed values of the thresholds, by name. With other values a rule would never find a fault, or would find one in
 * good data.
 */

interface Limit {
  min: number;
  max: number;
  integer: boolean;
}

const most = 1e9;
const mostWindows = 2880;
const fraction: Limit = { min: 0, max: 1, integer: false };
/** Even good data exceeds a deviation of 0. */
const deviation: Limit = { min: 0.01, max: 1, integer: false };
const measure = (min: number, max = most): Limit => ({ min, max, integer: false });
const whole = (min: number, max = most): Limit => ({ min, max, integer: true });

/** Limits by the end of the path; the longest match is used. A path without a match allows any number from 0 up. */
const limits: Record<string, Limit> = {
  hold_windows: whole(0, mostWindows),
  span_windows: whole(1, mostWindows),
  grace_windows: whole(0, mostWindows),
  usual_windows: whole(6, mostWindows),
  windows: whole(1, mostWindows),
  // A window is always the same as itself.
  "stuck.windows": whole(2, mostWindows),
  window_lengths_warning: measure(1),
  window_lengths_bad: measure(1),
  window_lengths_first: measure(1),
  hop_seconds: measure(2),
  span_seconds: measure(1),
  ahead_seconds: measure(10),
  hold_seconds: measure(1),
  hits_per_cell: measure(1),
  expected_rows: measure(1),
  expected_hits: measure(1),
  rows: whole(1),
  count: whole(1),
  hits: whole(1),
  drift_hits: whole(1),
  messages: whole(1),
  cells_in_a_row: whole(2, 16),
  cells_named: whole(0, 64),
  probability: measure(0.0001, 0.2),
  batches: whole(1, 100),
  beyond: whole(1, 100),
  chambers: whole(2, 8),
  layers: whole(2, 32),
  factor: measure(1.1),
  ratio_low: measure(0, 0.99),
  ratio_high: measure(1.01),
  moved_ns: measure(1),
  significance: measure(1),
  edge_significance: measure(1),
  windows_least: whole(1, mostWindows),
  calm_windows: whole(1, mostWindows),
  times: whole(2, mostWindows),
  offset_ns: measure(1),
  change_ns: measure(1),
  rms_mm: measure(0.1),
  four_cells_least: fraction,
  layer_ratio_high: measure(1.01),
  widened_fraction: deviation,
  deviation_fraction: deviation,
  kolmogorov_distance: deviation,
};

export function limitOf(path: string): Limit {
  const [name = "", group = ""] = path.split(".").toReversed();
  const named = limits[`${group}.${name}`] ?? limits[name];
  return named ?? (name.startsWith("fraction") || name.includes("_fraction") ? fraction : measure(0));
}

/** Thresholds of a rule that must be in ascending order. */
const orders: readonly (readonly string[])[] = [
  ["window_lengths_warning", "window_lengths_bad"],
  ["fraction_warning", "fraction_bad"],
  ["fraction_low", "fraction_good"],
  ["fraction_good", "fraction_high"],
  ["offset_good_ns", "offset_ns"],
  ["beyond", "batches"],
];
const ordersOf: Record<string, readonly (readonly string[])[]> = {
  "live-cells": [["fraction_worst", "fraction_worse", "fraction_bad", "fraction_warning"]],
};

/** The first two thresholds of a rule in the wrong order; null if all are in order. */
export function misordered(rule: string, settings: Record<string, unknown>): [string, string] | null {
  for (const names of ordersOf[rule] ?? orders) {
    for (const [i, name] of names.slice(1).entries()) {
      const [lower, upper] = [settings[names[i] as string], settings[name]];
      if (typeof lower === "number" && typeof upper === "number" && lower > upper)
        return [names[i] as string, name];
    }
  }
  return null;
}
