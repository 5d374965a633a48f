/**
 * Part of the orbits with hits of muons that give a line of four hits. Orbits with four cells hit or more prove that the hits
 * exist, regardless of lines: a chamber that loses hits has few such orbits, one with wrong cables has them and no lines.
 */
import { orbitPeriodNs } from "../../../../pipeline/model/index.js";
import type { RuleSettings } from "../default-rules.js";
import { lowFraction } from "./fractions.js";
import type { ChamberQuantities, Layout } from "./quantities.js";
import type { Reading } from "./search.js";
import { moments } from "./tails.js";

/** Noise hits of a chamber in an orbit from which on they alone make orbits of four cells. */
const crowdedOrbit = 0.4;

/** Lines of four hits of orbits with four cells or more; null where these are few, or noise alone makes them. */
export function fourHitLines(
  sum: ArrayLike<number>,
  { ms }: Layout,
  places: ChamberQuantities,
  { fraction_good: good, fraction_low: low, four_cells_least: least }: RuleSettings["cabling"],
): Reading | null {
  const orbits = ((sum[ms] as number) * 1e6) / orbitPeriodNs;
  const [full, many] = [sum[places.fourCells] as number, sum[places.threeCells] as number];
  if (full < 12 || (sum[places.noiseHits] as number) > crowdedOrbit * orbits) return null;
  const reading = lowFraction(Math.min(full, sum[places.fourHit] as number), full, good, low, 1.3);
  // Where hits are lost, few orbits have four of them, and these few have strays instead of muons.
  return reading !== null && full < least * many ? { ...reading, z: 0, beyond: false } : reading;
}

/** Whether the lines of a chamber are broken: then its efficiency, times and place cannot be derived from them. */
export function areBroken(
  sum: ArrayLike<number>,
  layout: Layout,
  places: ChamberQuantities,
  settings: RuleSettings["cabling"],
): boolean {
  const reading = fourHitLines(sum, layout, places, settings);
  return reading !== null && reading.beyond && reading.z > 3;
}

/** Mean RMS of the residuals above which the lines are made of wrong combinations, as with layers exchanged, mm. */
const wrongLinesMm = 0.87;

export function areOfWrongLayers(sum: ArrayLike<number>, { residual }: ChamberQuantities): boolean {
  const rms = residual.map((place) => moments(sum, place)).filter(({ n }) => n > 0);
  return rms.reduce((all, one) => all + one.rms, 0) > wrongLinesMm * rms.length;
}
