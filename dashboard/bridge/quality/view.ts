/** Input of a rule, and its findings. */
import type { QualityState, RuleId, Scope, SystemStatus } from "../../../pipeline/model/index.js";
import { findingKey } from "../../../pipeline/model/index.js";
import type { RulesConfig } from "./default-rules.js";
import type { Expectation } from "./expectation.js";
import type { WindowFacts } from "./facts.js";
import type { SequenceTracker } from "./sequences.js";
import type { WindowSpan } from "./span.js";
import type { LateTracker } from "./late.js";

/** A finding as a rule reports it. */
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
  /** Cells of each chamber that are not judged. */
  masked: readonly (readonly number[])[];
  /** Name of a chamber for people. */
  nameOf: (chamber: number) => string;
  /** Whether the set-up has a timing source that gives t0. */
  hasTiming: boolean;
  /** Length of an orbit. */
  orbitNs: number;
  /** Channels of the read-out itself and of further timing inputs: of no chamber, and not unknown. */
  ownChannels: number;
  /** Findings of earlier rules. */
  reported: RawFinding[];
  /** Whether this was found at the last judgement: it takes less to be found again than to be found. */
  held: (rule: RuleId, scope: Scope) => boolean;
  /** Windows since a chamber last had a simpler fault: only they show its normal rate and shape. */
  calmWindows: (chamber: number) => number;
  /** The physics rules judge this window: they look at times. */
  hasPhysics: boolean;
  nowMs: number;
}

export type Rule = (view: View) => RawFinding[];

/** A window that was rejected because its time had not come. */
export interface SetAside {
  id: number;
  startMs: number;
  /** Time of arrival. */
  atMs: number;
}

/** Input of a rule that also looks at the time between windows. */
export interface Moment {
  config: RulesConfig;
  status: SystemStatus | null;
  newest: WindowFacts | null;
  /** From when on windows can have come: the start of the bridge, or the end of the backlog it had to read. */
  waitingSinceMs: number;
  nowMs: number;
}

/** Whether one of the rules has found a fault of this chamber. */
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
