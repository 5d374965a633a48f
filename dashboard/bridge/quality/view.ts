/** Input of a rule, and its findings. */
import type { QualityState, RuleId, Scope, SystemStatus } from "../../../pipeline/model/index.js";
import { findingKey } from "../../../pipeline/model/index.js";
import type { RulesConfig } from "./default-rules.js";
import type { Expectation } from "./expectation.js";
import type { WindowFacts } from "./facts.js";
import type { SequenceTracker } from "./sequences.js";
import type { WindowSpan } from "./span.js";
import type { LateTracker } from "./late.js";

/** A finding as reported by a rule. */
export interface RawFinding {
  rule: RuleId;
  scope: Scope;
  state: QualityState;
  reason: string;
  numbers: Record<string, number>;
}

export interface View {
  config: RulesConfig;
  newest: WindowFacts;
  span: WindowSpan;
  expected: Expectation;
  sequences: SequenceTracker;
  late: LateTracker;
  /** Numbers of the chambers: 0 to N-1. */
  chambers: readonly number[];
  /** FPGA of each chamber. */
  fpgas: readonly number[];
  /** Masked cells of each chamber, which are not judged. */
  masked: readonly (readonly number[])[];
  /** Display name of a chamber. */
  nameOf: (chamber: number) => string;
  /** Whether the set-up has a timing source for t0. */
  hasTiming: boolean;
  /** Length of an orbit, ns. */
  orbitNs: number;
  /**
   * Number of channels of the read-out itself and of further timing inputs: they belong to no chamber but are known.
   */
  ownChannels: number;
  /** Findings of earlier rules. */
  reported: RawFinding[];
  /** Whether this was found in the last judgement: a lower threshold is enough to find it again. */
  held: (rule: RuleId, scope: Scope) => boolean;
  /** Windows since an earlier rule last found a fault in a chamber; only they show its normal rate and shape. */
  calmWindows: (chamber: number) => number;
  /** Whether the physics rules judge this window, and with it the drift times, which the shape rule then omits. */
  hasPhysics: boolean;
  nowMs: number;
}

export type Rule = (view: View) => RawFinding[];

/** A window that was rejected because it starts in the future. */
export interface RejectedWindow {
  id: number;
  startMs: number;
  /** Time of arrival. */
  atMs: number;
}

/** Input of a rule that also judges the time between windows. */
export interface Moment {
  config: RulesConfig;
  status: SystemStatus | null;
  newest: WindowFacts | null;
  /**
   * Time from which windows could have arrived: the start of the bridge, or the end of the backlog that it had to
   * read.
   */
  waitingSinceMs: number;
  nowMs: number;
}

/** Whether one of the rules has found a fault in this chamber. */
export function isTroubled(
  reported: readonly RawFinding[],
  chamber: number,
  rules?: readonly RuleId[],
): boolean {
  return reported.some(
    ({ rule, scope, state }) =>
      (state === "bad" || state === "warning") &&
      (rules?.includes(rule) ?? true) &&
      (scope.kind === "fpga"
        ? scope.chambers.includes(chamber)
        : "chamber" in scope && scope.chamber === chamber),
  );
}

export function keyOf({ rule, scope }: RawFinding): string {
  return findingKey(rule, scope);
}
