/** Rule about hit rates: first of the whole telescope, then of single chambers. */
import type { WindowMessage } from "../../../../pipeline/model/index.js";
import type { RawFinding } from "../view.js";
import { findRatio, hz, mayBeOfAll, ratioReading } from "./ratio.js";
import type { Found } from "./search.js";
import { silentTime } from "./silent-time.js";
import {
  chamberDomain,
  percentWithError,
  rawFinding,
  timingDomain,
  wordsDomain,
  type Comparison,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

/** Variance of the hits over that of independent hits: a muon causes up to four in each chamber. */
export const hitClustering = 8;

export const rates: PhysicsRule = (view) => {
  const { comparison, deadTime } = view;
  if (comparison === null) return [];
  const all = findInAll(view, comparison);
  // As when the read-out is stopped: the hits of the window are those of a part of it.
  if (all !== null && all.value < 1 && view.endsEarly) return [];
  if (all !== null) return [rateOfAll(view, comparison, all)];
  deadTime.forget();
  return view.layout.chambers.flatMap(({ chamber, hits }) => chamberRate(view, comparison, chamber, hits));
};

function limitsOf({ rules }: PhysicsView): { low: number; high: number } {
  const { ratio_low: low, ratio_high: high } = rules["chamber-rate"];
  return { low, high };
}

function findInAll(view: PhysicsView, comparison: Comparison): Found | null {
  const { rules, layout, search } = view;
  const settings = rules["chamber-rate"];
  const every = [...layout.chambers.map(({ chamber }) => chamberDomain(chamber)), timingDomain, wordsDomain];
  const limits = limitsOf(view);
  const options = { clustering: hitClustering, least: settings.expected_hits };
  const before = comparison.sum[layout.hits] as number;
  return search.find(
    "rates",
    every,
    (sum) => {
      const ratios = layout.chambers.map(({ hits }) => rateOf(view, comparison, sum, hits));
      if (!ratios.every((ratio) => ratio !== null)) return null;
      const count = sum[layout.hits] as number;
      const reading = ratioReading(sum, comparison, layout.ms, count, before, limits, options);
      // A change in one chamber is not a change of the whole telescope.
      return reading !== null && Math.max(...ratios) > 1.5 * Math.min(...ratios)
        ? { ...reading, value: 1, z: 0, beyond: false }
        : reading;
    },
    { least: settings.windows, z: settings.significance },
  );
}

function rateOfAll(
  { layout, newest, deadTime }: PhysicsView,
  comparison: Comparison,
  { value, sigma, sum, windows }: Found,
): RawFinding {
  const isDead = value < 1 && deadTime.isShown(newest, value);
  const now = hz(sum[layout.hits] as number, sum[layout.ms] as number);
  const usual = hz(comparison.sum[layout.hits] as number, comparison.sum[layout.ms] as number);
  const reason = `hit rate in all chambers is ${percentWithError(value, sigma)} of normal: ${now}, expected ${usual} (${comparison.by})`;
  return rawFinding(
    "chamber-rate",
    { kind: "whole" },
    "warning",
    `${reason}${isDead ? deadWords(newest, value) : ""}`,
    { ratio: value, ratio_sigma: sigma, windows, ...(isDead ? { dead_time: 1 - value } : {}) },
  );
}

function chamberRate(view: PhysicsView, comparison: Comparison, chamber: number, hits: number): RawFinding[] {
  const { rules, layout } = view;
  const { significance: z, windows: least, expected_hits: expected } = rules["chamber-rate"];
  const limits = limitsOf(view);
  const before = comparison.sum[hits] as number;
  const counts = { count: (sum: ArrayLike<number>) => sum[hits] as number, before };
  const options = { z, least, clustering: hitClustering, expected };
  const one = findRatio(view, comparison, `rate ${chamber}`, chamber, counts, limits, options);
  if (
    one === null ||
    mayBeOfAll(view, chamber, one, limits, (sum, other) => rateOf(view, comparison, sum, other.hits) ?? 1)
  )
    return [];
  const { value: ratio, sigma: ratio_sigma, windows } = one;
  const now = hz(one.sum[hits] as number, one.sum[layout.ms] as number);
  const usual = hz(before, comparison.sum[layout.ms] as number);
  const reason = `hit rate is ${percentWithError(ratio, ratio_sigma)} of normal: ${now}, expected ${usual} (${comparison.by})`;
  return [
    rawFinding("chamber-rate", { kind: "chamber", chamber }, "warning", reason, {
      ratio,
      ratio_sigma,
      windows,
    }),
  ];
}

/** The gaps are described if they explain how many hits are lost; at low rates, they are not much longer than others. */
function deadWords(newest: WindowMessage, ratio: number): string {
  const silent = silentTime(newest);
  const [least, most] = [0.6 * (1 - ratio), 1.5 * (1 - ratio)];
  if (silent === null || silent.fraction < least || silent.fraction > most)
    return "; dead time of the read-out: in the remaining time the hits are as frequent as usual";
  const { fraction, gaps, gapMs } = silent;
  return `; dead time of the read-out: no hits in ${Math.round(100 * fraction)} % of the time, in ${gaps} gaps of ${Math.round(gapMs)} ms`;
}

/** Hits of a chamber over those expected from the comparison; null without enough. */
function rateOf(
  { layout }: PhysicsView,
  comparison: Comparison,
  sum: ArrayLike<number>,
  hits: number,
): number | null {
  const expected =
    ((comparison.sum[hits] as number) * (sum[layout.ms] as number)) / (comparison.sum[layout.ms] as number);
  return expected < 10 ? null : (sum[hits] as number) / expected;
}
