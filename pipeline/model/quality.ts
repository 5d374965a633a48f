/**
 * The quality of the data as the server judges it: the same for every viewer. Rules look at windows and give findings;
 * findings give the state of each chamber and of the whole, and raise alarms. The rules themselves are in the bridge.
 */

/** From the best to the least informative: fine, look at it, act, too few hits to judge, no data at all. */
export const qualityStates = ["good", "warning", "bad", "few", "none"] as const;
export type QualityState = (typeof qualityStates)[number];

/** The most severe first: faults, then states without a judgement, then good. */
const gravity: readonly QualityState[] = ["bad", "warning", "none", "few", "good"];

/** Compares two states for sorting, the gravest first. */
export function byGravity(a: { state: QualityState }, b: { state: QualityState }): number {
  return gravity.indexOf(a.state) - gravity.indexOf(b.state);
}

/** The state that speaks for all of them; "none" of nothing. */
export function gravestState(states: Iterable<QualityState>): QualityState {
  const given = new Set(states);
  return gravity.find((state) => given.has(state)) ?? "none";
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

/** What a finding is about. Cells are 0..63, layers 1 (lowest)..4, chambers 0..3. */
export type Scope =
  | { kind: "whole" }
  | { kind: "chamber"; chamber: number }
  | { kind: "layer"; chamber: number; layer: number }
  | { kind: "cell"; chamber: number; cell: number }
  | { kind: "fpga"; fpga: number; chambers: number[] }
  /** Several chambers that do not fit each other. */
  | { kind: "chambers"; chambers: number[] }
  | { kind: "scintillator" }
  /** The data path from the read-out to the bridge. */
  | { kind: "stream" }
  | { kind: "ledger" };

/** Chambers that a scope speaks for; none for the scintillator, the stream, the ledger and the whole. */
export function chambersOf(scope: Scope): readonly number[] {
  if ("chambers" in scope) return scope.chambers;
  return "chamber" in scope ? [scope.chamber] : [];
}

/** The same fault keeps its key as long as it lasts: `dead-layer chamber 1 layer 3`. */
export function findingKey(rule: RuleId, scope: Scope): string {
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
  /** Why, in words that need no explanation; one sentence without a full stop. */
  reason: string;
  /** Server clock since when it has been found without a break, ms. */
  since_ms: number;
  /** msg_ID of the window at which it was first found; null when it was between windows (silence). */
  window_id: number | null;
  /** The numbers behind the reason, by name with their unit in it: `expected_hits`, `rate_hz`. */
  numbers: Record<string, number>;
  /** What a shifter does about it, one or two sentences. */
  what_to_do: string;
  /** Key of the finding that explains this one; null for a finding without such a cause. Only these raise alarms. */
  cause: string | null;
  /** It comes and goes: found at least three times within 24 windows. Absent where it does not. */
  intermittent?: true;
  /** What people call the chamber that it is about; absent where that is its number. */
  chamber_name?: string;
}

/** The state of a chamber, the scintillator, the data's way or the whole, with the reason that matters most. */
export interface Verdict {
  state: QualityState;
  reason: string;
  /** Server clock since when the state has been this one, ms. */
  since_ms: number;
  /** Key of the finding that gives the state; null when there is none. */
  finding: string | null;
}

/** Which rules judged. */
export interface RulesVersion {
  /** Hash of rules and thresholds: equal hashes judge alike. */
  hash: string;
  /** "built in", or the name of the configuration file. */
  source: string;
}

/** The results of all rules at one moment. */
export interface Quality {
  rules: RulesVersion;
  /** The reference that the data is compared with; null when it is compared with itself. */
  reference: { id: string; name: string } | null;
  /** What the data is compared with: "reference good-run", "its own past since 12:04 UTC", "physics only". */
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
  /** All that is not good, the gravest first. */
  findings: Finding[];
}

/** Acknowledgement of an alarm. */
export interface Acknowledgement {
  by: string;
  /** Server clock, ms. */
  at_ms: number;
  comment: string;
}

/** An alarm that makes no sound until a time; its light stays. */
export interface Silence {
  by: string;
  /** Server clock, ms. */
  until_ms: number;
}

/** A finding that is a warning or bad. It clears by itself when the cause is gone; acknowledgements are kept. */
export interface Alarm {
  id: string;
  /** As it was last found; once it has cleared, as it was at its worst. */
  finding: Finding;
  /** As it was at its worst so far; absent in alarms of older versions and just after it was raised. */
  worst?: Finding;
  /** Server clock, ms. */
  raised_ms: number;
  /** When the fault came back after a short time in which the alarm had cleared; absent if it did not. */
  reopened_ms?: number;
  /** Null while it stands. */
  cleared_ms: number | null;
  acknowledged: Acknowledgement | null;
  /** Absent if it is not silenced. */
  silenced?: Silence;
  /** Raised by data that is made up (practice). */
  demo: boolean;
}

/** Since when a standing alarm is active without a break: it may have cleared for a short time and come back. */
export const activeSinceMs = ({ raised_ms, reopened_ms }: Alarm): number => reopened_ms ?? raised_ms;

/** A change of a state: the history of the lights. */
export interface QualityChange {
  at_ms: number;
  window_id: number | null;
  /** The light that changed. */
  light: "whole" | "data" | "scintillator" | { chamber: number };
  from: QualityState;
  to: QualityState;
  reason: string;
  /** Key of the finding that gives the state; absent where there is none. */
  finding?: string;
}

/** A description of a rule for people: its quantities and its thresholds. */
export interface RuleText {
  id: RuleId;
  title: string;
  /** The problem in one sentence with its thresholds. */
  text: string;
  /** What it means when it is found. */
  meaning: string;
  what_to_do: string;
  /** Whom to call when that does not help. */
  call: string;
  enabled: boolean;
}

/** The last notice: that the alarm is active, with its worst state, or that it has cleared. */
export type AlarmNews = "warning" | "bad" | "cleared";

/**
 * An alarm is news when it is raised, when it grows from a warning to bad, when it clears, and when it comes back.
 * @param last the last notice; undefined if there was none
 * @returns null when there is nothing new
 */
export function alarmNews({ cleared_ms, finding }: Alarm, last: AlarmNews | undefined): AlarmNews | null {
  const knows = last === "warning" || last === "bad";
  if (cleared_ms !== null) return knows ? "cleared" : null;
  const state = finding.state === "bad" ? "bad" : "warning";
  return !knows || (last === "warning" && state === "bad") ? state : null;
}
