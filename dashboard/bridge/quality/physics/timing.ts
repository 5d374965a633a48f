/** Rules about the timing signals and the trigger words. */
import type { Said } from "../view.js";
import { highFraction, lowFraction, medianOf, said } from "./efficiency.js";
import type { FpgaQuantities, TimingQuantities } from "./quantities.js";
import { ratioReading } from "./rates.js";
import type { Reading } from "./search.js";
import {
  chamberDomain,
  percentWithError,
  timingDomain,
  wordsDomain,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

const source: Said["scope"] = { kind: "scintillator" };

/** The source that gives t0: lost, noisy, double signals, signals in the wrong orbit. */
export const timingSignals: PhysicsRule = (view) => {
  const places = view.layout.timing[0];
  if (places === undefined) return [];
  const alone = timingAlone(view, places);
  const lost = timingLost(view, places);
  const found: Said[] = [];
  const foundFraction = lost?.numbers["fraction"] ?? 1;
  if (alone !== null && foundFraction < 0.3) {
    const aloneFraction = alone.numbers["fraction"] ?? 0;
    const reason = `signals come in the wrong orbit: ${percent(aloneFraction)} of them without a hit, ${percent(foundFraction)} of the muons through the plate with one`;
    const numbers = { alone_fraction: aloneFraction, found_fraction: foundFraction };
    found.push(said("timing-orbit", source, "bad", reason, numbers));
  } else {
    if (lost !== null) found.push(lost);
    if (alone !== null) found.push(alone);
    else found.push(...timingRate(view, places));
  }
  return [...found, ...timingDouble(view, places)];
};

const percent = (fraction: number): string => `${Math.round(100 * fraction)} %`;

function timingLost(view: PhysicsView, { expected, found }: TimingQuantities): Said | null {
  const { rules, search, layout } = view;
  const settings = rules["timing-loss"];
  const one = search.find(
    "timing-loss",
    [timingDomain, ...layout.chambers.map(({ chamber }) => chamberDomain(chamber))],
    (sum) => {
      const n = sum[expected] as number;
      return n < 8
        ? null
        : lowFraction(sum[found] as number, n, settings.fraction_good, settings.fraction_low);
    },
    { z: settings.significance },
  );
  if (one === null) return null;
  const reason = `timing signals are lost: ${percentWithError(one.value, one.sigma)} of the muons through the plate have one, expected at least ${percent(settings.fraction_good)}`;
  const state = one.value < 0.3 ? "bad" : "warning";
  return said("timing-loss", source, state, reason, {
    fraction: one.value,
    fraction_sigma: one.sigma,
    windows: one.windows,
  });
}

function timingAlone(view: PhysicsView, { signals, alone }: TimingQuantities): Said | null {
  const { rules, search } = view;
  const settings = rules["timing-noise"];
  const one = search.find(
    "timing-noise",
    [timingDomain],
    (sum) => {
      const n = sum[signals] as number;
      return n < 12
        ? null
        : highFraction(sum[alone] as number, n, settings.fraction_good, settings.fraction_high);
    },
    { z: settings.significance },
  );
  if (one === null) return null;
  const reason = `timing signals are noisy: ${percentWithError(one.value, one.sigma)} of them come in orbits without a hit, expected below ${percent(settings.fraction_high)}`;
  return said("timing-noise", source, "warning", reason, {
    fraction: one.value,
    fraction_sigma: one.sigma,
    windows: one.windows,
  });
}

/** More signals than the comparison has. */
function timingRate(view: PhysicsView, { signals }: TimingQuantities): Said[] {
  const { rules, search, comparison, layout } = view;
  if (
    comparison === null ||
    view.said.some(({ rule, scope }) => rule === "chamber-rate" && scope.kind === "whole")
  )
    return [];
  const settings = rules["timing-noise"];
  const one = search.find(
    "timing-rate",
    [timingDomain],
    (sum) =>
      ratioReading(
        sum,
        comparison,
        layout.ms,
        sum[signals] as number,
        comparison.sum[signals] as number,
        { low: 0, high: settings.ratio_high },
        { clustering: 2 },
      ),
    { least: 2, z: settings.significance },
  );
  if (one === null) return [];
  const reason = `timing signals are noisy: ${one.value.toFixed(1)} ± ${Math.max(0.1, one.sigma).toFixed(1)} times as many as usual (${comparison.by})`;
  return [said("timing-noise", source, "warning", reason, { ratio: one.value, ratio_sigma: one.sigma })];
}

function timingDouble({ rules, search }: PhysicsView, { signals, repeated }: TimingQuantities): Said[] {
  const settings = rules["timing-double"];
  const one = search.find(
    "timing-double",
    [timingDomain],
    (sum) => {
      const n = sum[signals] as number;
      return n < 20
        ? null
        : highFraction(sum[repeated] as number, n, settings.fraction_good, settings.fraction_high);
    },
    { z: settings.significance },
  );
  if (one === null) return [];
  const reason = `double timing signals: ${percentWithError(one.value, one.sigma)} of the signals follow another in their orbit, expected below ${percent(settings.fraction_high)}`;
  return [said("timing-double", source, "warning", reason, { fraction: one.value, windows: one.windows })];
}

const stream: Said["scope"] = { kind: "stream" };
const wordHeads = [0, 1, 3, 4, 5] as const;

/** Trigger words: gone where the set-up has some, or one kind of them out of proportion. */
export const triggerWords: PhysicsRule = (view) => {
  const gone = view.layout.fpgas.filter((places) => areGone(view, places));
  const { layout } = view;
  const withWords = layout.fpgas.filter(({ fpga }) =>
    view.detector.macrocells.some((cell) => cell.fpga === fpga),
  );
  if (gone.length > 0 && gone.length === withWords.length)
    return [
      said("trigger-words", stream, "bad", "no trigger words (status words) come at all, only hits", {
        fpgas: gone.length,
      }),
    ];
  return [
    ...gone.map(({ fpga }) =>
      said("trigger-words", stream, "warning", `FPGA ${fpga} sends no trigger words, only hits`, { fpga }),
    ),
    ...headRates(view),
  ];
};

/** Words stand up to 12 s before the hits of their orbits: in detector time a file begins without them. */
const wordsLeadWindows = 3;

const wordsOf = (sum: ArrayLike<number>, { heads }: FpgaQuantities): number =>
  wordHeads.reduce<number>((all, head) => all + (sum[heads + head] as number), 0);

/** Segments where the FPGA looks for them, or words before, and none now. */
function areGone(
  { rules, detector, layout, search, comparison, newest }: PhysicsView,
  places: FpgaQuantities,
): boolean {
  const settings = rules["trigger-words"];
  const cell = detector.macrocells.find(({ fpga }) => fpga === places.fpga);
  if (cell === undefined) return false;
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
    // A macrocell of four wires sees about a fifth of the segments; how many words that gives, only the comparison knows.
    const expected = usual > 0 ? usual : 0.12 * segments;
    if (expected < settings.expected_candidates) return null;
    const isSilent = words === 0;
    return { value: isSilent ? 0 : 1, sigma: 0, good: 1, z: isSilent ? Infinity : 0, beyond: isSilent };
  };
  return (
    search.find(`words-gone ${places.fpga}`, [wordsDomain], read, {
      least: newest.window.time === "detector" ? wordsLeadWindows : 1,
      z: settings.significance,
    }) !== null
  );
}

/** Words of one HEAD per hit, against the comparison. */
function headRates(view: PhysicsView): Said[] {
  const { rules, layout, search, comparison } = view;
  if (comparison === null) return [];
  const settings = rules["trigger-words"];
  const of = (sum: ArrayLike<number>, head: number): number =>
    layout.fpgas.reduce((all, { heads }) => all + (sum[heads + head] as number), 0);
  const usual = wordHeads.map((head) => of(comparison.sum, head));
  return wordHeads.flatMap((head, i) => {
    const before = usual[i] as number;
    const one = search.find(
      `words ${head}`,
      [wordsDomain],
      (sum) => {
        const time = (sum[layout.ms] as number) / (comparison.sum[layout.ms] as number);
        // All words together follow the muons: the middle one of their ratios is what this one is compared with.
        const factor = medianOf(
          wordHeads.map((other, k) => of(sum, other) / Math.max(1, (usual[k] as number) * time)),
        );
        return ratioReading(
          sum,
          comparison,
          layout.ms,
          of(sum, head),
          before,
          { low: 1 / settings.ratio_high, high: settings.ratio_high },
          { clustering: 3, factor, least: 10 },
        );
      },
      { z: settings.significance },
    );
    if (one === null) return [];
    const reason = `trigger words of HEAD ${head} come ${one.value.toFixed(1)} ± ${Math.max(0.1, one.sigma).toFixed(1)} times as often as usual (${comparison.by})`;
    return [
      said("trigger-words", stream, "warning", reason, { head, ratio: one.value, ratio_sigma: one.sigma }),
    ];
  });
}

/** More hits of unknown channels than the comparison has; those of the read-out itself are known. */
export const unknownChannels: PhysicsRule = ({ rules, layout, search, comparison }) => {
  if (comparison === null) return [];
  const settings = rules.unmapped;
  const strange = (sum: ArrayLike<number>): number =>
    Math.max(
      0,
      (sum[layout.unmapped] as number) -
        layout.fpgas.reduce((all, { internal }) => all + (sum[internal] as number), 0),
    );
  const all = (sum: ArrayLike<number>): number =>
    strange(sum) + (sum[layout.hits] as number) + (sum[layout.scintRows] as number);
  const usual = strange(comparison.sum) / Math.max(1, all(comparison.sum));
  const one = search.find(
    "unknown-channels",
    [wordsDomain],
    (sum) => {
      const n = all(sum);
      return n < settings.rows
        ? null
        : highFraction(strange(sum), n, usual + 0.002, usual + settings.change_fraction, 2);
    },
    { z: settings.significance },
  );
  if (one === null) return [];
  const reason = `${percentWithError(one.value, one.sigma)} of the measurements are of channels that belong to no chamber, usually ${(100 * usual).toFixed(1)} % (${comparison.by})`;
  return [said("unmapped", stream, "warning", reason, { fraction: one.value })];
};
