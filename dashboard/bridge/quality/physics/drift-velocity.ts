/** The rule about the drift velocity. */
import { cellWidthMm, driftVelocityOf, type DetectorConfig } from "../../../../pipeline/model/index.js";
import { rawFinding } from "./efficiency.js";
import type { ChamberQuantities } from "./quantities.js";
import { chamberDomain, withError, type PhysicsRule } from "./view.js";

const binNs = 10;
const belowZeroNs = 8;

/** Longest drift time in a chamber: half a cell at its drift velocity. */
const longestNs = (detector: DetectorConfig, chamber: number): number =>
  (cellWidthMm / 2 / driftVelocityOf(detector, chamber)) * 1000;

/**
 * Relative difference between the width of the drift-time box of segments and half a cell at the drift velocity. The
 * width follows from the contents of the bins just outside and just inside the edges, relative to the density beside
 * them.
 */
function boxChange(
  sum: ArrayLike<number>,
  chambers: readonly ChamberQuantities[],
  detector: DetectorConfig,
): { value: number; sigma: number } | null {
  let [below, first, left, last, above, right] = [0, 0, 0, 0, 0, 0];
  let [widths, restNs] = [0, 0];
  for (const { chamber, driftTime } of chambers) {
    const width = longestNs(detector, chamber);
    const end = Math.floor(width / binNs);
    widths += width / chambers.length;
    // The part of the last bin inside the box.
    restNs += (width - end * binNs) / chambers.length;
    for (const { at, bins } of driftTime) {
      below += sum[at + bins] as number;
      first += sum[at] as number;
      for (let i = 2; i < 7; i += 1) left += (sum[at + i] as number) / 5;
      for (let i = end - 7; i < end - 2; i += 1) right += (sum[at + i] as number) / 5;
      last += sum[at + end - 1] as number;
      above += sum[at + end] as number;
    }
  }
  if (left < 30 || right < 30) return null;
  const outNs = (belowZeroNs * below) / (0.8 * left) + (binNs * above) / right - restNs;
  const inNs = binNs * Math.max(0, 1 - first / left) + binNs * Math.max(0, 1 - last / right);
  const sigma = binNs * Math.hypot(Math.sqrt(below + first + 1) / left, Math.sqrt(above + last + 1) / right);
  return { value: (outNs - inNs) / widths, sigma: sigma / widths };
}

/**
 * Finds a drift-time box of all chambers that is wider or narrower than half a cell at the set-up's drift velocity.
 */
export const driftVelocity: PhysicsRule = ({ rules, layout, search, detector }) => {
  const settings = rules["drift-velocity"];
  const one = search.find(
    "drift-velocity",
    [...layout.chambers.map(({ chamber }) => chamberDomain(chamber))],
    (sum) => {
      const box = boxChange(sum, layout.chambers, detector);
      if (box === null) return null;
      // Resolution, stray hits and the shape of the box change its width by a few ns.
      const { value, sigma } = box;
      const beyond = value > settings.width_fraction || value < -settings.width_fraction;
      return { value, sigma, good: 0, z: Math.max(0, Math.abs(value) - settings.width_good) / sigma, beyond };
    },
    { fine: 0.002, z: settings.significance },
  );
  if (one === null) return [];
  const change = -100 * one.value;
  const reason = `the drift-time boxes are ${withError(100 * Math.abs(one.value), 100 * one.sigma, "%")} ${one.value > 0 ? "wider" : "narrower"} than expected from the set-up's drift velocity: drift velocity ${change > 0 ? "higher" : "lower"} (gas, high voltage)`;
  return [
    rawFinding("drift-velocity", { kind: "whole" }, "warning", reason, {
      width_change: one.value,
      width_change_sigma: one.sigma,
    }),
  ];
};
