/** Rules about rows that are not hits: trigger words and unknown channels. */
import type { RawFinding } from "../view.js";
import { list } from "../words.js";
import { median } from "../statistics.js";
import { highFraction } from "./fractions.js";
import type { FpgaQuantities } from "./quantities.js";
import type { Found, Reading } from "./search.js";
import { twoCountsZ } from "./tails.js";
import { percentWithError, rawFinding, wordsDomain, type PhysicsRule, type PhysicsView } from "./view.js";

const stream: RawFinding["scope"] = { kind: "stream" };
const wordHeads = [0, 1, 3, 4, 5] as const;

/** Finds trigger words that are missing although the set-up has some, or words of one HEAD out of proportion. */
export const triggerWords: PhysicsRule = (view) => {
  const gone = view.layout.fpgas.flatMap((places) => {
    const found = withoutWords(view, places);
    return found === null ? [] : [{ fpga: places.fpga, windows: found.windows }];
  });
  const { layout } = view;
  const withWords = layout.fpgas.filter(({ fpga }) =>
    view.detector.macrocells.some((cell) => cell.fpga === fpga),
  );
  if (gone.length > 0 && gone.length === withWords.length)
    return [
      rawFinding("trigger-words", stream, "bad", "no trigger words (status words) arrive, only hits", {
        ...numbersOf(gone),
      }),
    ];
  return gone.length === 0 ? headRates(view) : [goneWords(gone)];
};

/** An FPGA without words, and the number of windows in which they are missed. */
interface Silent {
  fpga: number;
  windows: number;
}

function numbersOf(gone: readonly Silent[]): Record<string, number> {
  const windows = Math.max(...gone.map((one) => one.windows));
  return { fpga: gone[0]?.fpga ?? 0, fpgas: gone.length, windows };
}

/** One finding for all silent FPGAs: their findings would have the same key. The plot is that of the first. */
function goneWords(gone: readonly Silent[]): RawFinding {
  const fpgas = gone.map(({ fpga }) => fpga);
  const who = fpgas.length === 1 ? `FPGA ${list(fpgas)} sends` : `FPGAs ${list(fpgas)} send`;
  return rawFinding(
    "trigger-words",
    stream,
    "warning",
    `${who} no trigger words, only hits`,
    numbersOf(gone),
  );
}

/** Words precede the hits of their orbits by up to 12 s in the data: in detector time a file begins without words. */
const wordsLeadWindows = 3;

export const wordsOf = (sum: ArrayLike<number>, { heads }: FpgaQuantities): number =>
  wordHeads.reduce<number>((all, head) => all + (sum[heads + head] as number), 0);

/** Found if words are expected, from the segments in the FPGA's macrocell or from the comparison, but none arrive. */
function withoutWords(
  { rules, detector, layout, search, comparison, newest }: PhysicsView,
  places: FpgaQuantities,
): Found | null {
  const settings = rules["trigger-words"];
  const cell = detector.macrocells.find(({ fpga }) => fpga === places.fpga);
  if (cell === undefined) return null;
  const chamber = layout.chambers[cell.chamber];
  const read = (sum: Float64Array): Reading | null => {
    if (chamber === undefined) return null;
    const words = wordsOf(sum, places);
    const segments = (sum[chamber.fourHit] as number) + (sum[chamber.threeHit] as number);
    const usual =
      comparison === null
        ? 0
        : (wordsOf(comparison.sum, places) * (sum[layout.ms] as number)) /
          (comparison.sum[layout.ms] as number) /
          wordHeads.length;
    // A macrocell of four wires sees about a fifth of the segments; only the comparison has the number of words per
    // segment.
    const expected = usual > 0 ? usual : 0.12 * segments;
    if (expected < settings.expected_candidates) return null;
    const isSilent = words === 0;
    return { value: isSilent ? 0 : 1, sigma: 0, good: 1, z: isSilent ? Infinity : 0, beyond: isSilent };
  };
  return search.find(`words-gone ${places.fpga}`, [wordsDomain], read, {
    least: newest.window.time === "detector" ? wordsLeadWindows : 1,
    z: settings.significance,
  });
}

/**
 * Compares the words of each HEAD with the others: a candidate has one of each. Other proportions in the comparison
 * count as normal.
 */
function headRates(view: PhysicsView): RawFinding[] {
  const { rules, layout, search, comparison } = view;
  const settings = rules["trigger-words"];
  const of = (sum: ArrayLike<number>, head: number): number =>
    layout.fpgas.reduce((all, { heads }) => all + (sum[heads + head] as number), 0);
  const before = comparison === null ? [] : wordHeads.map((head) => of(comparison.sum, head));
  const middleBefore = median(before);
  const isKnown = middleBefore >= 30;
  const middles = new Map<ArrayLike<number>, number>();
  const middleOf = (sum: ArrayLike<number>): number => {
    let middle = middles.get(sum);
    if (middle === undefined) middles.set(sum, (middle = median(wordHeads.map((head) => of(sum, head)))));
    return middle;
  };
  const outliers = wordHeads.flatMap((head, i) => {
    const usual = isKnown ? (before[i] as number) / middleBefore : 1;
    const one = search.find(
      `words ${head}`,
      [wordsDomain],
      (sum) => headReading(sum, layout, of(sum, head), middleOf(sum), usual, settings.ratio_high),
      { z: settings.significance },
    );
    return one === null ? [] : [{ head, one }];
  });
  const [first] = outliers;
  if (first === undefined) return [];
  const by = isKnown ? ` (${comparison?.by ?? ""})` : "";
  const missing = outliers.filter(({ one }) => one.value < missingRatio).map(({ head }) => head);
  const { value, sigma, windows } = first.one;
  const reason =
    missing.length > 0
      ? `trigger words of HEAD ${list(missing)} are missing: candidates contain only the other words${by}`
      : `trigger words of HEAD ${first.head} occur ${value.toFixed(1)} ± ${Math.max(0.1, sigma).toFixed(1)} times as often as ${isKnown ? "usual" : "the others"}${by}`;
  const numbers = { head: missing[0] ?? first.head, ratio: value, ratio_sigma: sigma, windows };
  return [rawFinding("trigger-words", stream, "warning", reason, numbers)];
}

const wordClustering = 3;
/** Below this fraction of the normal words, they are called missing; the span may include windows before the loss. */
const missingRatio = 0.3;

function headReading(
  sum: Float64Array,
  layout: PhysicsView["layout"],
  count: number,
  middle: number,
  usual: number,
  limit: number,
): Reading | null {
  const incomplete = layout.fpgas.reduce((all, places) => all + (sum[places.incomplete] as number), 0);
  const expected = usual * middle;
  if (expected < 10) return null;
  const value = count / expected;
  const z = Math.abs(twoCountsZ(count, middle, usual)) / Math.sqrt(wordClustering);
  const sigma = Math.sqrt((wordClustering * (count + 1)) / expected ** 2);
  // If a set-up has no words of this HEAD by design, no candidate counts as incomplete.
  const isLacking = value < 1 / limit && incomplete > 0.3 * middle;
  return { value, sigma, good: 1, z, beyond: value > limit || isLacking };
}

/** Finds more hits of unknown channels than in the comparison; the read-out's own channels are known. */
export const unknownChannels: PhysicsRule = ({ rules, layout, search, comparison }) => {
  if (comparison === null) return [];
  const settings = rules.unmapped;
  const unknownHits = (sum: ArrayLike<number>): number =>
    Math.max(
      0,
      (sum[layout.unmapped] as number) -
        layout.fpgas.reduce((all, { internal }) => all + (sum[internal] as number), 0),
    );
  const all = (sum: ArrayLike<number>): number =>
    unknownHits(sum) + (sum[layout.hits] as number) + (sum[layout.scintRows] as number);
  const usual = unknownHits(comparison.sum) / Math.max(1, all(comparison.sum));
  const one = search.find(
    "unknown-channels",
    [wordsDomain],
    (sum) => {
      // When a chamber is silent, the share of other channels is larger, but not their number.
      const time = (sum[layout.ms] as number) / (comparison.sum[layout.ms] as number);
      const n = Math.round(Math.max(all(sum), time * all(comparison.sum)));
      return n < settings.rows
        ? null
        : highFraction(unknownHits(sum), n, usual + 0.002, usual + settings.change_fraction, 2);
    },
    { z: settings.significance },
  );
  if (one === null) return [];
  const reason = `${percentWithError(one.value, one.sigma)} of the measurements are of channels that belong to no chamber, usually ${(100 * usual).toFixed(1)} % (${comparison.by})`;
  return [rawFinding("unmapped", stream, "warning", reason, { fraction: one.value })];
};
