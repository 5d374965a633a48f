/**
 * The quality of the data as the server judges it: the same for every viewer. Rules look at windows and give findings;
 * findings give the state of each chamber and of the whole detector, and raise alarms. The rules themselves are in the bridge.
 */

/** In order: fine, look at it, act, too few hits to judge, no data at all. */
export const qualityStates = ["good", "warning", "bad", "few", "none"] as const;
export type QualityState = (typeof qualityStates)[number];

/** By severity, worst first: faults, then states without a judgement, then good. */
const severityOrder: readonly QualityState[] = ["bad", "warning", "none", "few", "good"];

/** Compares two states for sorting, the most severe first. */
export function bySeverity(a: { state: QualityState }, b: { state: QualityState }): number {
  return severityOrder.indexOf(a.state) - severityOrder.indexOf(b.state);
}

/** The most severe of the states; "none" if there are no states. */
export function worstState(states: Iterable<QualityState>): QualityState {
  const given = new Set(states);
  return severityOrder.find((state) => given.has(state)) ?? "none";
}

/** The rules by name; the configuration file, findings, texts and tests use these names. */
export const ruleIds = [
  "stream-silent",
  "window-ahead",
  "no-rows",
  "sequence-gaps",
  "duplicates",
  "late-rows",
  "ledger",
  "malformed",
  "unmapped",
  "clock",
  "scintillator",
  "dead-fpga",
  "silent-chamber",
  "dead-layer",
  "dead-cell",
  "live-cells",
  "hot-cell",
  "chamber-rate",
  "drift-time",
  "stuck",
  "shape",
  "no-muons",
  "layer-efficiency",
  "cell-efficiency",
  "segment-loss",
  "time-offset",
  "layer-time",
  "drift-velocity",
  "residual",
  "cabling",
  "chamber-order",
  "noise",
  "after-pulses",
  "tdc-spectrum",
  "bx-spectrum",
  "orbit-counter",
  "fpga-orbit",
  "timing-loss",
  "timing-noise",
  "timing-orbit",
  "timing-double",
  "trigger-words",
  "goodness-of-fit",
  "calibration",
] as const;
export type RuleId = (typeof ruleIds)[number];

/** The object of a finding. Cells are 0..63, layers 1 (lowest)..4, chambers 0..3. */
export type Scope =
  | { kind: "whole" }
  | { kind: "chamber"; chamber: number }
  | { kind: "layer"; chamber: number; layer: number }
  | { kind: "cell"; chamber: number; cell: number }
  | { kind: "fpga"; fpga: number; chambers: number[] }
  /** Several chambers that do not match each other. */
  | { kind: "chambers"; chambers: number[] }
  | { kind: "scintillator" }
  /** The data path from the read-out to the bridge. */
  | { kind: "stream" }
  | { kind: "ledger" };

/** Chambers that a scope concerns; none for the scintillator, the stream, the ledger and the whole detector. */
export function chambersOf(scope: Scope): readonly number[] {
  if ("chambers" in scope) return scope.chambers;
  return "chamber" in scope ? [scope.chamber] : [];
}

/**
 * Identifies a fault while it lasts, such as `dead-layer chamber 1 layer 3`. Several pairs of chambers may exchange
 * cables; chambers that do not line up are one fault, whichever they are.
 */
export function findingKey(rule: RuleId, scope: Scope): string {
  if (rule === "cabling" && scope.kind === "chambers") return `${rule} chambers ${scope.chambers.join(" ")}`;
  const place = Object.entries(scope).filter(([name]) => name !== "kind" && name !== "chambers");
  const words = place.length === 0 ? [scope.kind] : place.map(([name, value]) => `${name} ${String(value)}`);
  return [rule, ...words].join(" ");
}

/** One result of a rule. */
export interface Finding {
  /** See {@link findingKey}. */
  key: string;
  rule: RuleId;
  scope: Scope;
  state: QualityState;
  /** Reason in plain words; one sentence without a full stop. */
  reason: string;
  /** Server clock when it was first found, without a break since, ms. */
  since_ms: number;
  /** msg_ID of the window in which it was first found; null if it was found between windows (silence). */
  window_id: number | null;
  /** The numbers behind the reason; each name contains the unit: `expected_hits`, `rate_hz`. */
  numbers: Record<string, number>;
  /** msg_ID of the newest window in these numbers; absent from an older bridge and between windows. */
  newest_window_id?: number;
  /** What the shifter should do, in one or two sentences. */
  what_to_do: string;
  /** Key of the finding that explains this one; null if there is none. Only findings without a cause raise alarms. */
  cause: string | null;
  /** Present if the fault is intermittent: found at least three times within 24 windows. */
  intermittent?: true;
  /** Name of the chamber; absent if the chamber is known by its number. */
  chamber_name?: string;
  /**
   * The fault probably began after this time: a few windows before those in which it was first found, ms; absent if not
   * known.
   */
  after_ms?: number;
  /** End of the newest window in which it was found, ms; absent from an older bridge and between windows. */
  found_until_ms?: number;
}

/** The state of a chamber, the scintillator, the data path or the whole detector, with the most important reason. */
export interface Verdict {
  state: QualityState;
  reason: string;
  /** Server clock at the last change of the state, ms. */
  since_ms: number;
  /** Key of the finding that determines the state; null when there is none. */
  finding: string | null;
}

/** The rules that judged. */
export interface RulesVersion {
  /** Hash of rules and thresholds: the same hash means the same judgement. */
  hash: string;
  /** "built in", or the name of the configuration file. */
  source: string;
}

/** The results of all rules at one moment. */
export interface Quality {
  rules: RulesVersion;
  /** The reference that the data is compared with; null if it is compared with its own past. */
  reference: { id: string; name: string } | null;
  /** The comparison in words: "reference good-run", "its own past since 12:04 UTC", "physics only". */
  compared_with: string;
  /** Server clock of the judgement, ms. */
  judged_ms: number;
  /** Newest window that was judged; null before the first. */
  window_id: number | null;
  whole: Verdict;
  /** Shape (4). */
  chambers: Verdict[];
  scintillator: Verdict;
  /** The data path: silence, losses, garbage, clocks. */
  data: Verdict;
  /** Everything that is not good, the most severe first. */
  findings: Finding[];
}

/** Acknowledgement of an alarm. */
export interface Acknowledgement extends AlarmComment {
  /** Earlier acknowledgements of the same alarm, oldest first; absent if there are none. */
  earlier_comments?: AlarmComment[];
}

interface AlarmComment {
  by: string;
  /** Server clock, ms. */
  at_ms: number;
  comment: string;
}

/** Maximum number of earlier acknowledgements of an alarm to keep, the newest. */
export const maxEarlierComments = 20;

/** An acknowledgement that keeps the earlier ones of the alarm. */
export function acknowledgedAgain(before: Acknowledgement | null, now: AlarmComment): Acknowledgement {
  if (before === null) return now;
  const { by, at_ms, comment, earlier_comments: earlier = [] } = before;
  return { ...now, earlier_comments: [...earlier, { by, at_ms, comment }].slice(-maxEarlierComments) };
}

/** Mutes the sound of an alarm until a given time; its light stays on. */
export interface Silence {
  by: string;
  /** Server clock, ms. */
  until_ms: number;
}

/** A span of time in which an alarm was active before it cleared and returned. Server clock, ms. */
interface AlarmEpisode {
  from_ms: number;
  to_ms: number;
  /** The worst finding in this span. */
  finding: Finding;
}

/** A finding that is a warning or bad. It clears by itself when the cause is gone; acknowledgements are kept. */
export interface Alarm {
  id: string;
  /** The latest finding of an active alarm; the worst finding of a cleared one. */
  finding: Finding;
  /** The worst finding of the current activity; absent in alarms of older versions and just after it was raised. */
  worst?: Finding;
  /** Earlier spans in which it was active, oldest first; absent if it did not return. */
  earlier?: AlarmEpisode[];
  /** Server clock, ms. */
  raised_ms: number;
  /** The fault probably began after this time, ms; absent if not known. See {@link Finding}. */
  after_ms?: number;
  /** Server clock when the fault returned shortly after the alarm had cleared, ms; absent if it did not return. */
  reopened_ms?: number;
  /** Null while the alarm is active. */
  cleared_ms: number | null;
  /**
   * End of the last window in which the fault was found, ms: it probably ended before. Absent while the alarm is active, from
   * an older bridge and for alarms between windows.
   */
  found_until_ms?: number;
  /** Finding that explained this one when the alarm cleared: it was the first sign of another fault. */
  explained_by?: Pick<Finding, "key" | "scope" | "reason" | "chamber_name">;
  acknowledged: Acknowledgement | null;
  /** Absent if it is not silenced. */
  silenced?: Silence;
  /** Raised by simulated data (practice). */
  demo: boolean;
}

/** Start of an alarm's current activity, ms: it may have cleared for a short time and returned. */
export const activeSinceMs = ({ raised_ms, reopened_ms }: Alarm): number => reopened_ms ?? raised_ms;

/** The most severe finding of an alarm, including earlier spans; of equally severe findings the newest. */
export function worstFindingOf({ finding, worst = finding, earlier = [] }: Alarm): Finding {
  return earlier.reduceRight(
    (worst, one) => (bySeverity(one.finding, worst) < 0 ? one.finding : worst),
    worst,
  );
}

/** A change of a light's state; the changes are the history of the lights. */
export interface QualityChange {
  at_ms: number;
  window_id: number | null;
  /** The light that changed. */
  light: "whole" | "data" | "scintillator" | { chamber: number };
  from: QualityState;
  to: QualityState;
  reason: string;
  /** Key of the finding that determines the state; absent where there is none. */
  finding?: string;
}

/** A description of a rule for people: its quantities and its thresholds. */
export interface RuleText {
  id: RuleId;
  title: string;
  /** The problem in one sentence with its thresholds. */
  text: string;
  /** What a finding of this rule means. */
  meaning: string;
  what_to_do: string;
  /** Whom to call if that does not help. */
  call: string;
  enabled: boolean;
}

/** The last notice: that the alarm is active, with its worst state, or that it has cleared. */
export type AlarmNews = "warning" | "bad" | "cleared";

/**
 * An alarm is news when it is raised, when it worsens from warning to bad, when it clears, and when it returns.
 * @param last the last notice; undefined if there was none
 * @returns null when there is nothing new
 */
export function alarmNews({ cleared_ms, finding }: Alarm, last: AlarmNews | undefined): AlarmNews | null {
  const knows = last === "warning" || last === "bad";
  if (cleared_ms !== null) return knows ? "cleared" : null;
  const state = finding.state === "bad" ? "bad" : "warning";
  return !knows || (last === "warning" && state === "bad") ? state : null;
}
