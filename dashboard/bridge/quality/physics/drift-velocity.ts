/** The rule about the drift velocity. */
import { maxDriftTimeNs } from "../../../../pipeline/model/index.js";
import { said } from "./efficiency.js";
import type { ChamberQuantities } from "./quantities.js";
import { chamberDomain, withError, type PhysicsRule } from "./view.js";

const binNs = 10;
const belowZeroNs = 8;

/**
 * Width of the box of drift times of segments, in ns: how far the bins outside of 0..390 ns are filled, and how far the
 * first and last inside are not, with the density of the bins beside them.
 */
function boxWidth(
  sum: ArrayLike<number>,
  chambers: readonly ChamberQuantities[],
): { width: number; sigma: number } | null {
  let [below, first, left, last, above, right] = [0, 0, 0, 0, 0, 0];
  for (const { driftTime } of chambers)
    for (const { at, bins } of driftTime) {
      below += sum[at + bins] as number;
      first += sum[at] as number;
      for (let i = 2; i < 7; i += 1) left += (sum[at + i] as number) / 5;
      for (let i = 32; i < 37; i += 1) right += (sum[at + i] as number) / 5;
      last += sum[at + 38] as number;
      above += sum[at + 39] as number;
    }
  if (left < 30 || right < 30) return null;
  const outNs = (belowZeroNs * below) / (0.8 * left) + (binNs * above) / right;
  const inNs = binNs * Math.max(0, 1 - first / left) + binNs * Math.max(0, 1 - last / right);
  const sigma = binNs * Math.hypot(Math.sqrt(below + first + 1) / left, Math.sqrt(above + last + 1) / right);
  return { width: maxDriftTimeNs + outNs - inNs, sigma };
}

/** The box of all chambers is wider or narrower than half a cell at the set-up's drift velocity. */
export const driftVelocity: PhysicsRule = ({ rules, layout, search }) => {
  const settings = rules["drift-velocity"];
  const one = search.find(
    "drift-velocity",
    [...layout.chambers.map(({ chamber }) => chamberDomain(chamber))],
    (sum) => {
      const box = boxWidth(sum, layout.chambers);
      if (box === null) return null;
      // Resolution, strays and the shape of the box make it wider or narrower by some ns.
      const value = box.width / maxDriftTimeNs - 1;
      const sigma = box.sigma / maxDriftTimeNs;
      const beyond = value > settings.width_fraction || value < -settings.width_fraction;
      return { value, sigma, good: 0, z: Math.max(0, Math.abs(value) - settings.width_good) / sigma, beyond };
    },
    { fine: 0.002, z: settings.significance },
  );
  if (one === null) return [];
  const change = -100 * one.value;
  const reason = `the drift-time boxes are ${withError(100 * Math.abs(one.value), 100 * one.sigma, "%")} ${one.value > 0 ? "wider" : "narrower"} than the set-up's drift velocity gives: drift velocity ${change > 0 ? "higher" : "lower"} (gas, high voltage)`;
  return [
    said("drift-velocity", { kind: "whole" }, "warning", reason, {
      width_change: one.value,
      width_change_sigma: one.sigma,
    }),
  ];
};
