/** Rules about the data path: silence, losses, malformed data, clocks. */
import {
  hopAgeLimits,
  hops,
  stateOfAge,
  windowAgeLimits,
  type FreshnessLimits,
  type Hop,
  type QualityState,
} from "../../../../pipeline/model/index.js";
import { at, type WindowFacts } from "../facts.js";
import type { RulesConfig } from "../default-rules.js";
import type { Moment, Rule, RawFinding, RejectedWindow, View } from "../view.js";
import { count, moment, percent, plural, rough } from "../words.js";
import { median } from "../statistics.js";

const hopNames: Record<Hop, string> = {
  readout: "the read-out",
  data_raw: "the topic of rows",
  pipeline: "the pipeline",
  data_clean: "the topic of windows",
  bridge: "the bridge",
};

/**
 * Finds the first silent hop, or windows that are too old, with the cause if the system knows it. It is judged every
 * second but sent to viewers only on a change, so reasons contain the time of the last heartbeat, not its age.
 */
export function streamSilent({ config, status, newest, waitingSinceMs, nowMs }: Moment): RawFinding[] {
  const settings = config.rules["stream-silent"];
  if (newest === null) return [];
  const cause = status?.problem == null ? "" : `: ${status.problem}`;
  const rawFinding = (state: QualityState, what: string, lastMs: number): RawFinding[] => [
    {
      rule: "stream-silent",
      scope: { kind: "stream" },
      state,
      reason: `${what} ${moment(lastMs, nowMs)}${cause}`,
      numbers: { last_sign_of_life_ms: lastMs },
    },
  ];
  const silent = silentHop(status, settings, newest.vector[at.rows] as number);
  if (silent !== null) return rawFinding("bad", `${silent.name} has been silent since`, silent.lastMs);
  const windowMs = newest.endMs - newest.startMs;
  const state = stateOfAge(nowMs - newest.endMs, windowAgeLimits(windowMs, settings));
  if (state === "good") return [];
  const firstMs = settings.window_lengths_first * windowMs + settings.extra_seconds * 1000;
  if (newest.endMs < waitingSinceMs && nowMs - waitingSinceMs <= firstMs)
    return rawFinding("none", "waiting for the first window: the newest known window ended at", newest.endMs);
  return rawFinding(state, "the data has stopped: the newest window ended at", newest.endMs);
}

/** The last window from the future, if it arrived recently. */
export function windowAhead(config: RulesConfig, ahead: RejectedWindow | null, nowMs: number): RawFinding[] {
  if (ahead === null || nowMs - ahead.atMs > 1000 * config.rules["window-ahead"].hold_seconds) return [];
  const reason = `window ${ahead.id} starts in the future, at ${moment(ahead.startMs, nowMs)}: it is rejected`;
  const numbers = { window_start_ms: ahead.startMs };
  return [{ rule: "window-ahead", scope: { kind: "stream" }, state: "warning", reason, numbers }];
}

/** The first silent hop of those with a heartbeat every second; the read-out only if rows are normal. */
function silentHop(
  status: Moment["status"],
  limits: FreshnessLimits,
  rows: number,
): { name: string; lastMs: number } | null {
  if (status === null) return null;
  for (const name of hops) {
    const hop = status.hops.find((one) => one.hop === name);
    if (hop?.last_ms == null || hop.unit === "windows" || hop.unit === "clients") continue;
    if (name === "readout" && rows < 20) continue;
    const { silentMs } = hopAgeLimits(hop, status.window_ms, limits);
    if (status.now_ms - hop.last_ms > silentMs) return { name: hopNames[name], lastMs: hop.last_ms };
  }
  return null;
}

/**
 * Finds windows without rows, or with rows but without a single hit. If malformed rows or a wrong detector map
 * explain that, their rules report the fault, and this rule only reports that the chambers cannot be judged.
 */
export const noRows: Rule = (view) => {
  const { config, newest, span, held } = view;
  const scope = { kind: "stream" } as const;
  if (newest.partial) return [];
  const [rows, hits] = [newest.vector[at.rows] as number, newest.vector[at.hits] as number];
  if (rows === 0) {
    const usual = usualRows(span);
    const known = held("no-rows", scope) || usual >= config.rules["no-rows"].expected_rows;
    const reason = known
      ? "the read-out sends no rows, although its heartbeat continues"
      : "no rows have arrived yet";
    return [
      { rule: "no-rows", scope, state: known ? "bad" : "none", reason, numbers: { usual_rows: usual } },
    ];
  }
  if (hits > 0 || rows < 5 * config.rules["no-rows"].expected_rows) return [];
  // In detector time, a file ends with trigger words whose hits it does not contain.
  const state = newest.isDetectorTime || isExplained(view) ? "none" : "bad";
  const reason = `${plural(rows, "row")} arrived, but no hit in any chamber`;
  return [{ rule: "no-rows", scope, state, reason, numbers: { rows } }];
};

/** Whether most rows are malformed, or most measurements are of channels that are not in the detector map. */
function isExplained(view: View): boolean {
  return [...malformed(view), ...unmapped(view)].some(
    ({ rule, state, numbers }) =>
      state === "bad" && view.config.rules[rule].enabled && (numbers["fraction"] ?? 0) > 0.5,
  );
}

function usualRows(span: View["span"]): number {
  const rows: number[] = [];
  for (let n = 1; n <= 12; n += 1) {
    const facts = span.back(n);
    if (facts !== undefined && !facts.partial) rows.push(facts.vector[at.rows] as number);
  }
  return median(rows);
}

export const sequenceGaps: Rule = ({ config, sequences, span }) => {
  const { grace_windows, span_windows } = config.rules["sequence-gaps"];
  const missing = sequences.missing(grace_windows, span_windows);
  if (missing === 0) return [];
  const reason = `${plural(missing, "message")} of the producers never arrived`;
  let received = 0;
  for (let n = 0; n < span_windows; n += 1) received += messagesOf(span.back(n));
  return [
    {
      rule: "sequence-gaps",
      scope: { kind: "stream" },
      state: "bad",
      reason,
      numbers: { missing_messages: missing, fraction: missing / (missing + received) },
    },
  ];
};

function messagesOf(facts: WindowFacts | undefined): number {
  const ranges = facts?.sources.flatMap((source) => source.ranges) ?? [];
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

export const duplicates: Rule = ({ config, sequences, newest }) => {
  const repeated = sequences.duplicates(newest.id);
  if (repeated < config.rules.duplicates.messages) return [];
  const reason = `${plural(repeated, "message")} arrived twice in the last window`;
  return [
    {
      rule: "duplicates",
      scope: { kind: "stream" },
      state: "warning",
      reason,
      numbers: { duplicates: repeated, fraction: repeated / Math.max(repeated, messagesOf(newest)) },
    },
  ];
};

/** Dropped rows are lost; rows in a correction are counted in their window, but viewers see them late. */
export const lateRows: Rule = ({ config, late, span, newest, nowMs }) => {
  const { span_seconds, count: least, fraction_warning } = config.rules["late-rows"];
  const scope = { kind: "stream" } as const;
  const fromMs = nowMs - span_seconds * 1000;
  const { messages, rows } = late.since(fromMs);
  const windows = Math.ceil((span_seconds * 1000) / (newest.endMs - newest.startMs));
  const all = span.sum(windows)[at.rows] as number;
  if (messages > 0) {
    const reason = `${plural(messages, "message")} with ${plural(rows, "row")} arrived too late and were dropped`;
    const numbers = { late_messages: messages, late_rows: rows, fraction: rows / Math.max(1, rows + all) };
    return [{ rule: "late-rows", scope, state: "warning", reason, numbers }];
  }
  const corrected = late.correctedSince(fromMs);
  if (corrected < least || corrected <= fraction_warning * all) return [];
  const reason = `${percent(corrected / all)} of the rows arrive late; their windows are corrected`;
  return [
    {
      rule: "late-rows",
      scope,
      state: "warning",
      reason,
      numbers: { corrected_rows: corrected, fraction: corrected / all },
    },
  ];
};

export const ledger: Rule = ({ newest }) => {
  const gap = newest.ledgerGap;
  if (gap === 0) return [];
  const reason = `the ledger does not add up: ${plural(Math.abs(gap), "row")} ${gap > 0 ? "missing" : "too many"}`;
  return [
    { rule: "ledger", scope: { kind: "ledger" }, state: "bad", reason, numbers: { missing_rows: gap } },
  ];
};

export const malformed: Rule = ({ config, span, held }) => {
  const settings = config.rules.malformed;
  const scope = { kind: "stream" } as const;
  const enough = span.shortest((sum) => (sum[at.rows] as number) >= settings.rows);
  if (enough === null) return [];
  const [rows, bad] = [enough.sum[at.rows] as number, enough.sum[at.malformed] as number];
  const fraction = bad / rows;
  const limit = settings.fraction_warning * (held("malformed", scope) ? 0.5 : 1);
  if (bad < settings.count || fraction <= limit) return [];
  const state = fraction > settings.fraction_bad ? "bad" : "warning";
  const reason = `${percent(fraction)} of the rows are malformed, ${count(bad)} of ${count(rows)}`;
  return [{ rule: "malformed", scope, state, reason, numbers: { malformed: bad, rows, fraction } }];
};

/**
 * Without the `read_out` keys, the number of the read-out's own rows is unknown; it is assumed to be at most that of
 * the scintillator rows per channel.
 */
export const unmapped: Rule = ({ config, span, hasPhysics, ownChannels }) => {
  const settings = config.rules.unmapped;
  const enough = span.shortest((sum) => (sum[at.rows] as number) >= settings.rows);
  if (enough === null) return [];
  const { sum } = enough;
  const own = hasPhysics ? 0 : ownChannels * (sum[at.scintillator] as number);
  const foreign = Math.max(0, (sum[at.unmapped] as number) - own);
  const known = (sum[at.hits] as number) + (sum[at.scintillator] as number);
  const fraction = foreign / Math.max(1, foreign + known);
  if (foreign < settings.count || fraction <= settings.fraction_warning) return [];
  const state = fraction > settings.fraction_bad ? "bad" : "warning";
  const reason = `${percent(fraction)} of the measurements are of channels that belong to no chamber`;
  const numbers = { unmapped: foreign, fraction };
  return [{ rule: "unmapped", scope: { kind: "stream" }, state, reason, numbers }];
};

/** Finds a wrong ratio of detector time to window length; it is 1 for live data, and for windows of detector time. */
export const clock: Rule = ({ config, newest, span, held, orbitNs }) => {
  if (newest.isDetectorTime) return [];
  const settings = config.rules.clock;
  const scope = { kind: "stream" } as const;
  const ratios: number[] = [];
  for (let n = 0; n < settings.windows; n += 1) {
    const facts = span.back(n);
    if (facts === undefined || facts.partial || (facts.vector[at.hits] as number) < settings.hits) return [];
    const ratio = clockRatio(facts, span.back(n + 1), orbitNs);
    if (ratio === null) return [];
    ratios.push(ratio);
  }
  const slack = held("clock", scope) ? 0.95 : 1;
  const isOff = (ratio: number): boolean =>
    ratio < settings.ratio_low / slack || ratio > settings.ratio_high * slack;
  if (!ratios.every(isOff)) return [];
  const ratio = median(ratios);
  const what = ratio > 1 ? "data arrives late, or a replay or backlog runs fast" : "a replay runs slowly";
  const reason = `detector time advances ${rough(ratio)} times as fast as the windows: ${what}`;
  return [{ rule: "clock", scope, state: "warning", reason, numbers: { detector_time_ratio: ratio } }];
};

/**
 * Ratio of detector time to window length by the orbits of a window and, because a single row with a wrong orbit moves its
 * first or last one, by how far each of them advanced since the window before: the ratio nearest to 1.
 */
function clockRatio(
  { orbitFirst, orbitLast, startMs, endMs }: WindowFacts,
  before: WindowFacts | undefined,
  orbitNs: number,
): number | null {
  if (orbitFirst === null || orbitLast === null) return null;
  const advances = [orbitLast - orbitFirst];
  if (before?.endMs === startMs && before.orbitFirst !== null && before.orbitLast !== null)
    advances.push(orbitFirst - before.orbitFirst, orbitLast - before.orbitLast);
  const ratios = advances.map((orbits) => (orbits * orbitNs) / 1e6 / (endMs - startMs));
  const distance = (ratio: number): number => Math.abs(Math.log(Math.max(ratio, 1e-9)));
  return ratios.reduce((best, ratio) => (distance(ratio) < distance(best) ? ratio : best));
}

export const scintillator: Rule = ({ config, span, expected, hasTiming }) => {
  if (!hasTiming) return [];
  const needed = config.rules.scintillator.expected_rows;
  const enough = span.shortest((sum) => expected.scintillator(sum) >= needed);
  if (enough === null) {
    const sum = span.sum(span.length);
    if ((sum[at.scintillator] as number) > 0 || span.length === 0) return [];
    const reason = "too few hits to judge the scintillator";
    return [{ rule: "scintillator", scope: { kind: "scintillator" }, state: "few", reason, numbers: {} }];
  }
  if ((enough.sum[at.scintillator] as number) > 0) return [];
  const rows = expected.scintillator(enough.sum);
  const reason = `the scintillator is silent: no signals, ${rough(rows)} expected`;
  return [
    {
      rule: "scintillator",
      scope: { kind: "scintillator" },
      state: "bad",
      reason,
      numbers: { expected_rows: rows },
    },
  ];
};
