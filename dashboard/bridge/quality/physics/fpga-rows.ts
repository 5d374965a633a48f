/** The rule about rows that one FPGA or its link loses: hits of all its chambers and trigger words alike. */
import type { RawFinding } from "../view.js";
import { list } from "../words.js";
import type { FpgaQuantities } from "./quantities.js";
import { hz, ratioReading } from "./ratio.js";
import { hitClustering } from "./rates.js";
import type { Found, Reading } from "./search.js";
import { wordsOf } from "./trigger-words.js";
import {
  chamberDomain,
  percentWithError,
  rawFinding,
  wordsDomain,
  type Comparison,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

/** Maximum difference of two ratios to normal that fell together, beyond 2 standard deviations. */
const alike = 0.1;
/** Standard deviations by which each part must have fallen. */
const fallen = 3;
/** With fewer of them in the comparison, trigger words are not used. */
const fewestWords = 30;
/** The other FPGAs keep at least this part of their rows. */
const othersKeep = 0.9;

/**
 * Compares with other windows what each FPGA sends. Lost rows are known from hits and words that fall by the same
 * factor, or without words from the hits of two chambers or more, while the other FPGAs send as much as usual.
 */
export const fpgaRows: PhysicsRule = (view) => {
  const { comparison } = view;
  if (comparison === null) return [];
  return view.layout.fpgas.flatMap((places) => {
    const found = lostRows(view, comparison, places);
    return found === null ? [] : [finding(view, comparison, places, found)];
  });
};

function finding(
  { layout }: PhysicsView,
  comparison: Comparison,
  places: FpgaQuantities,
  found: Found,
): RawFinding {
  const { fpga, chambers } = places;
  const [now, usual] = [found.sum, comparison.sum].map((sum) =>
    hz(rowsOf(sum, places), sum[layout.ms] as number),
  );
  const hits = `hits of ${chambers.length === 1 ? "chamber" : "chambers"} ${list(chambers)}`;
  const what = hasWords(comparison, places) ? `${hits} and trigger words` : hits;
  const part = percentWithError(found.value, found.sigma);
  const reason = `FPGA ${fpga} loses rows: ${what} are ${part} of normal, ${now}, expected ${usual} (${comparison.by})`;
  const numbers = { fraction: found.value, fraction_sigma: found.sigma, windows: found.windows };
  return rawFinding("dead-fpga", { kind: "fpga", fpga, chambers }, "bad", reason, numbers);
}

function lostRows(view: PhysicsView, comparison: Comparison, places: FpgaQuantities): Found | null {
  const { rules, layout, search } = view;
  const others = layout.fpgas.filter((one) => one.fpga !== places.fpga && one.chambers.length > 0);
  if (places.chambers.length === 0 || others.length === 0) return null;
  const { ratio_low: low, significance: z, expected_hits: enough } = rules["chamber-rate"];
  const limits = { low, high: Infinity };
  const ratio = (sum: Float64Array, of: (sum: ArrayLike<number>) => number, most = 1): Reading | null =>
    ratioReading(sum, comparison, layout.ms, of(sum), of(comparison.sum), limits, {
      clustering: hitClustering,
      least: enough / most,
    });
  const read = (sum: Float64Array): Reading | null => {
    const all = ratio(sum, (one) => rowsOf(one, places));
    if (all?.beyond !== true) return all;
    const parts = partsOf(view, comparison, places).map((part) => ratio(sum, part, 2));
    const rest = others.map((other) => ratio(sum, (one) => rowsOf(one, other)));
    if (parts.length < 2 || parts.includes(null) || rest.includes(null)) return null;
    const isOne =
      (parts as Reading[]).every((part) => part.beyond && part.z > fallen && isLike(part, all)) &&
      (rest as Reading[]).every(({ value }) => value > Math.max(othersKeep, (1 + all.value) / 2));
    return isOne ? all : { ...all, z: 0, beyond: false };
  };
  const domains = [...places.chambers.map((chamber) => chamberDomain(chamber)), wordsDomain];
  return search.find(`rows ${places.fpga}`, domains, read, { z });
}

/** Hits of each chamber, and the trigger words if there are any. */
function partsOf(
  { layout }: PhysicsView,
  comparison: Comparison,
  places: FpgaQuantities,
): ((sum: ArrayLike<number>) => number)[] {
  const hits = places.chambers.flatMap((chamber) => {
    const its = layout.chambers[chamber];
    return its === undefined ? [] : [(sum: ArrayLike<number>): number => sum[its.hits] as number];
  });
  return hasWords(comparison, places) ? [...hits, (sum) => wordsOf(sum, places)] : hits;
}

const hasWords = ({ sum }: Comparison, places: FpgaQuantities): boolean =>
  wordsOf(sum, places) >= fewestWords;

const rowsOf = (sum: ArrayLike<number>, places: FpgaQuantities): number =>
  (sum[places.hits] as number) + wordsOf(sum, places);

const isLike = (a: Reading, b: Reading): boolean =>
  Math.abs(a.value - b.value) < alike + 2 * Math.hypot(a.sigma, b.sigma);
