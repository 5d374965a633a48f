/** Draws a random detector fault for practice. */
import {
  detectorFaultNames,
  faultKind,
  faultPlaceLimits,
  type AnyDetectorFault,
  type DetectorFault,
  type FaultPlace,
} from "./detector-faults.js";
import type { DetectorConfig } from "./detector.js";
import { fpgasOf, hitHead } from "./detector.js";

/** One in this many rounds has no fault. */
const roundsPerNone = 8;
const bursts = { period_s: 30, duty: 0.3, random: true };
/** First wires of the connector groups of four cells, counted from 0. */
const connectorWires = [2, 6, 10];

/**
 * Draws a kind, a place and one of the example strengths, each with uniform probability.
 * @param uniform returns numbers in [0, 1)
 * @returns null for a telescope without faults, with probability 1/8
 */
export function drawFault(uniform: () => number, detector: DetectorConfig): DetectorFault | null {
  const one = <T>(values: readonly T[]): T => values[Math.floor(uniform() * values.length)] as T;
  if (uniform() * roundsPerNone < 1) return null;
  const kind = one(detectorFaultNames);
  const { place, strength } = faultKind(kind);
  const fault: AnyDetectorFault = { kind };
  for (const name of place) fault[name] = one(placesOf(name, detector, fault));
  if (strength !== null) fault.strength = one(strength.examples ?? [strength.usual]);
  // A sparking cell fires in bursts.
  if (kind === "hot_cell") Object.assign(fault, bursts);
  return fault as DetectorFault;
}

/** Possible values of a place; the second of two places differs from the first. */
export function placesOf(
  name: FaultPlace,
  detector: DetectorConfig,
  { kind, chamber, layer, other_chamber: otherChamber, cable }: AnyDetectorFault,
): number[] {
  const { chambers } = detector;
  if (name === "fpga") return fpgasOf(detector);
  const [lower, upper] = faultPlaceLimits[name];
  const isChamber = name === "chamber" || name === "other_chamber";
  const last = isChamber ? Math.min(upper, chambers.length - 1) : upper;
  const all = Array.from({ length: last - lower + 1 }, (_, i) => lower + i);
  switch (name) {
    case "first_wire":
      return connectorWires;
    case "head":
      return all.filter((head) => head !== hitHead);
    case "other_layer":
      return all.filter((one) => one !== layer);
    case "other_chamber":
      return kind === "chambers_exchanged" ? all.filter((one) => one !== chamber) : all;
    case "other_cable":
      return otherChamber === chamber ? all.filter((one) => one !== cable) : all;
    default:
      return all;
  }
}
