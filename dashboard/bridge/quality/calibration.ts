/**
 * Recognises a set-up that was never calibrated: from the first windows on, times of several chambers or layers are
 * off by different amounts. This is one fault with one remedy, not a fault of each chamber.
 */
import type { RuleId } from "../../../pipeline/model/index.js";
import type { RuleSettings } from "./default-rules.js";
import type { RawFinding } from "./view.js";
import { plural } from "./words.js";

/** Rules with findings from wrong offsets. If any other rule has a finding, that fault may be the cause instead. */
const ofTimes: readonly RuleId[] = [
  "time-offset",
  "layer-time",
  "residual",
  "drift-velocity",
  "drift-time",
  "layer-efficiency",
  "cell-efficiency",
  "segment-loss",
  "shape",
  "calibration",
];

/**
 * The finding of this rule, from those of the other rules in one window.
 * @param hasStood whether the finding was active after the last window: then one chamber or layer is enough
 */
export function calibration(
  settings: RuleSettings["calibration"],
  reported: readonly RawFinding[],
  hasStood: boolean,
): RawFinding[] {
  const faults = reported.filter(({ state }) => state === "bad" || state === "warning");
  const chambers = faults.filter(({ rule, scope }) => rule === "time-offset" && scope.kind === "chamber");
  const layers = faults.filter(({ rule }) => rule === "layer-time");
  // Late layers also tilt the lines between chambers.
  const known = layers.length >= settings.layers ? [...ofTimes, "chamber-order"] : ofTimes;
  if (!faults.every(({ rule }) => known.includes(rule))) return [];
  const isMany = chambers.length >= settings.chambers || layers.length >= settings.layers;
  if (!isMany && !(hasStood && chambers.length + layers.length > 0)) return [];
  const parts = [
    ...(chambers.length > 0 ? [`t0 of ${plural(chambers.length, "chamber")}`] : []),
    ...(layers.length > 0 ? [plural(layers.length, "layer")] : []),
  ].join(" and ");
  const largest = Math.max(
    ...[...chambers, ...layers].map(({ numbers }) => Math.abs(numbers["offset_ns"] ?? 0)),
  );
  return [
    {
      rule: "calibration",
      scope: { kind: "whole" },
      state: "warning",
      reason: `the set-up is not calibrated: ${parts} off by up to ${largest.toFixed(0)} ns since the first windows (muonitor detector calibrate)`,
      numbers: { offset_ns: largest, chambers: chambers.length, layers: layers.length },
    },
  ];
}
