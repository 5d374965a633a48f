/**
 * The fraction of the orbits with muon hits that have a four-hit line. Orbits with at least four cells hit show that
 * the hits exist: an inefficient chamber has few such orbits, while a chamber with wrong cables has them, but without
 * lines.
 */
import { orbitPeriodNs } from "../../../../pipeline/model/index.js";
import type { RuleSettings } from "../default-rules.js";
import { lowFraction } from "./fractions.js";
import type { ChamberQuantities, Layout } from "./quantities.js";
import type { Reading } from "./search.js";
import { moments } from "./tails.js";

/** Mean number of noise hits per orbit at which noise alone fills orbits with four cells. */
const crowdedOrbit = 0.4;

/** Four-hit lines per orbit with at least four cells; null if these orbits are few, or noise alone causes them. */
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
  // In an inefficient chamber few orbits have four hits, and most of these contain stray hits.
  return reading !== null && full < least * many ? { ...reading, z: 0, beyond: false } : reading;
}

/** Whether the lines of a chamber are broken: then its efficiency, times and position cannot be derived from them. */
export function areBroken(
  sum: ArrayLike<number>,
  layout: Layout,
  places: ChamberQuantities,
  settings: RuleSettings["cabling"],
): boolean {
  const reading = fourHitLines(sum, layout, places, settings);
  return reading !== null && reading.beyond && reading.z > 3;
}

/** Mean RMS of the residuals, mm, above which lines are wrong combinations of hits, as with exchanged layers. */
const wrongLinesMm = 0.87;

export function areOfWrongLayers(sum: ArrayLike<number>, { residual }: ChamberQuantities): boolean {
  const rms = residual.map((place) => moments(sum, place)).filter(({ n }) => n > 0);
  return rms.reduce((all, one) => all + one.rms, 0) > wrongLinesMm * rms.length;
}
