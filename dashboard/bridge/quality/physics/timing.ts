import type { RawFinding } from "../view.js";
import { highFraction, lowFraction } from "./fractions.js";
import type { TimingQuantities } from "./quantities.js";
import { ratioReading } from "./ratio.js";
import { fractionError, twoCountsZ } from "./tails.js";
import {
  chamberDomain,
  expectedBelow,
  percentWithError,
  rawFinding,
  timingDomain,
  type PhysicsRule,
  type PhysicsView,
} from "./view.js";

const source: RawFinding["scope"] = { kind: "scintillator" };

/** Signals of the source that defines t0: lost, noisy, double, or in the wrong orbit. */
export const timingSignals: PhysicsRule = (view) => {
  const places = view.layout.timing[0];
  if (places === undefined) return [];
  const alone = signalPart(view, places, aloneSignals);
  const lost = timingLost(view, places);
  const found: RawFinding[] = [];
  if (alone !== null && lost !== null && (lost.isMoved || alone.isMoved)) {
    const [aloneFraction, foundFraction] = [alone.reported.numbers, lost.reported.numbers].map(
      ({ fraction = 0 }) => fraction,
    ) as [number, number];
    const reason = `signals are in the wrong orbit: ${percent(aloneFraction)} of them are in orbits without a hit, and ${percent(foundFraction)} of the muons through the scintillator have a signal`;
    const windows = lost.reported.numbers["windows"] ?? 1;
    const numbers = { alone_fraction: aloneFraction, found_fraction: foundFraction, windows };
    found.push(rawFinding("timing-orbit", source, "bad", reason, numbers));
  } else {
    if (lost !== null) found.push(lost.reported);
    // When signals are lost, most of the remaining ones have no muon.
    if (alone !== null && (lost === null || alone.areMany)) found.push(alone.reported);
    else if (lost === null) {
      const more = moreAlone(view, places);
      const rate = timingRate(view, places);
      found.push(...(rate.length > 0 ? rate : more));
    }
  }
  const double = signalPart(view, places, doubleSignals);
  return double === null ? found : [...found, double.reported];
};

/** Result of a test of the signals. */
interface SignalFinding {
  reported: RawFinding;
  /**
   * Whether about as many signals lack hits in their orbit as muons lack a signal: then signals are in other orbits,
   * not lost.
   */
  isMoved: boolean;
  /** Whether more signals lack hits than muons cross the plate. */
  areMany: boolean;
}

/**
 * Compares the number of signals without a hit with the number of muons through the plate without a signal. A lost
 * signal is in no orbit; the normal number of signals without a muon is subtracted.
 */
function signalFindings(
  { layout, comparison }: PhysicsView,
  one: RawFinding,
  sum: Float64Array,
  places: TimingQuantities,
): SignalFinding {
  const [alone, expected, found] = [places.alone, places.expected, places.found].map(
    (at) => sum[at] as number,
  ) as [number, number, number];
  const usual =
    comparison === null
      ? 0
      : ((comparison.sum[places.alone] as number) * (sum[layout.ms] as number)) /
        (comparison.sum[layout.ms] as number);
  const perLacking = (alone - usual) / Math.max(1, expected - found);
  return {
    reported: one,
    isMoved: found < 0.5 * expected && perLacking > leastMoved && perLacking < mostMoved,
    areMany: alone > expected,
  };
}
/**
 * Limits on that ratio. Only muons with a segment in each of two chambers are counted, but about as many other muons
 * cause signals, too.
 */
const leastMoved = 0.7;
const mostMoved = 5;

const percent = (fraction: number): string => `${Math.round(100 * fraction)} %`;

function timingLost(view: PhysicsView, places: TimingQuantities): SignalFinding | null {
  const { rules, search, layout } = view;
  const { expected, found } = places;
  const settings = rules["timing-loss"];
  const one = search.find(
    "timing-loss",
    [timingDomain, ...layout.chambers.map(({ chamber }) => chamberDomain(chamber))],
    (sum) => {
      const n = sum[expected] as number;
      if (n < 8) return null;
      const reading = lowFraction(sum[found] as number, n, settings.fraction_good, settings.fraction_low);
      return reading === null ? null : { ...reading, trials: n / linesPerMuon };
    },
    { z: settings.significance },
  );
  if (one === null) return null;
  const reason = `timing signals are lost: ${percentWithError(one.value, one.sigma)} of the muons through the plate have a signal, expected at least ${percent(settings.fraction_good)}`;
  const state = one.value < 0.3 ? "bad" : "warning";
  const numbers = { fraction: one.value, fraction_sigma: one.sigma, windows: one.windows };
  return signalFindings(view, rawFinding("timing-loss", source, state, reason, numbers), one.sum, places);
}

/** Mean number of lines through the plate of a muon that has one: chambers on both sides of it see the same muon. */
const linesPerMuon = 2;

interface SignalPart {
  rule: "timing-noise" | "timing-double";
  /** Minimum number of signals. */
  least: number;
  count: (places: TimingQuantities) => number;
  what: string;
  where: string;
}

const aloneSignals: SignalPart = {
  rule: "timing-noise",
  least: 12,
  count: ({ alone }) => alone,
  what: "timing signals are noisy",
  where: "of them are in orbits without a hit",
};

const doubleSignals: SignalPart = {
  rule: "timing-double",
  least: 20,
  count: ({ repeated }) => repeated,
  what: "double timing signals",
  where: "of the signals follow another in their orbit",
};

/** Finds a fraction of the signals that is too high. */
function signalPart(
  view: PhysicsView,
  places: TimingQuantities,
  { rule, least, count, what, where }: SignalPart,
): SignalFinding | null {
  const { rules, search } = view;
  const settings = rules[rule];
  const one = search.find(
    rule,
    [timingDomain],
    (sum) => {
      const n = sum[places.signals] as number;
      const { fraction_good: good, fraction_high: high } = settings;
      return n < least ? null : highFraction(sum[count(places)] as number, n, good, high);
    },
    { z: settings.significance },
  );
  if (one === null) return null;
  const reason = `${what}: ${percentWithError(one.value, one.sigma)} ${where}, ${expectedBelow(one, percent(settings.fraction_high))}`;
  const numbers = { fraction: one.value, fraction_sigma: one.sigma, windows: one.windows };
  return signalFindings(view, rawFinding(rule, source, "warning", reason, numbers), one.sum, places);
}

/** Finds a higher rate of signals than in the comparison. */
function timingRate(view: PhysicsView, { signals }: TimingQuantities): RawFinding[] {
  const { rules, search, comparison, layout } = view;
  if (comparison === null || isRateOfAll(view)) return [];
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
  return [
    rawFinding("timing-noise", source, "warning", reason, {
      ratio: one.value,
      ratio_sigma: one.sigma,
      windows: one.windows,
    }),
  ];
}

/**
 * Finds more signals without a hit than in the comparison. A muon with a signal nearly always leaves hits, so these
 * signals are noise of the source. Their number can multiply while the rate of all signals hardly changes.
 */
function moreAlone(view: PhysicsView, { alone, signals }: TimingQuantities): RawFinding[] {
  const { rules, search, comparison, layout } = view;
  if (comparison === null || isRateOfAll(view)) return [];
  const settings = rules["timing-noise"];
  const usual = (comparison.sum[alone] as number) / Math.max(1, comparison.sum[signals] as number);
  const before = comparison.sum[alone] as number;
  const one = search.find(
    "timing-alone",
    [timingDomain],
    (sum) => {
      const n = sum[signals] as number;
      const count = sum[alone] as number;
      if (n < aloneSignals.least) return null;
      const time = (sum[layout.ms] as number) / (comparison.sum[layout.ms] as number);
      const value = count / n;
      const isMore = count > settings.ratio_high * before * time;
      return {
        value,
        sigma: fractionError(count, n),
        good: usual,
        z: Math.max(0, twoCountsZ(count, before, time)),
        beyond: isMore && value > usual + settings.change_fraction,
      };
    },
    { least: 2, z: settings.significance },
  );
  if (one === null) return [];
  const reason = `timing signals are noisy: ${percentWithError(one.value, one.sigma)} of them are in orbits without a hit, normally ${percent(usual)} (${comparison.by})`;
  const numbers = { fraction: one.value, fraction_sigma: one.sigma, windows: one.windows };
  return [rawFinding("timing-noise", source, "warning", reason, numbers)];
}

const isRateOfAll = ({ reported: found }: PhysicsView): boolean =>
  found.some(({ rule, scope }) => rule === "chamber-rate" && scope.kind === "whole");
