/** Input of the physics rules, and common helpers. */
import {
  chambersOf,
  layersPerChamber,
  type ChamberConfig,
  type DetectorConfig,
  type RuleId,
  type WindowMessage,
} from "../../../../pipeline/model/index.js";
import type { RuleSettings } from "../default-rules.js";
import type { RawFinding } from "../view.js";
import { fixed } from "../words.js";
import { maskOf, type Mask } from "./masks.js";
import type { Layout } from "./quantities.js";
import type { SlidingSums } from "./sliding-sums.js";
import type { Reading, SpanSearch } from "./search.js";
import type { DeadTime } from "./silent-time.js";

/** Counts of other windows to compare with. */
export interface Comparison {
  sum: Float64Array;
  /** Name in reasons: "reference good-run", "its own past since 12:04 UTC". */
  by: string;
}

export interface PhysicsView {
  rules: RuleSettings;
  detector: DetectorConfig;
  layout: Layout;
  sums: SlidingSums;
  search: SpanSearch;
  /** Null while no comparison exists. */
  comparison: Comparison | null;
  newest: WindowMessage;
  deadTime: DeadTime;
  /** Whether the hits end well before this window does, and did not in the window before: the next one shows why. */
  endsEarly: boolean;
  /** Findings of the rules on hit counts in this window. */
  known: readonly RawFinding[];
  /** Findings of the physics rules that have already judged this window. */
  reported: RawFinding[];
}

export type PhysicsRule = (view: PhysicsView) => RawFinding[];

/** Numbers of the layers, from below. */
export const layers = Array.from({ length: layersPerChamber }, (_, i) => i + 1);

export function rawFinding(
  rule: RawFinding["rule"],
  scope: RawFinding["scope"],
  state: RawFinding["state"],
  reason: string,
  numbers: Record<string, number>,
): RawFinding {
  return { rule, scope, state, reason, numbers };
}

/** The mask of a chamber. */
export const maskIn = ({ chambers }: DetectorConfig, chamber: number): Mask =>
  maskOf(chambers[chamber] as ChamberConfig);

/** Caches a value for each chamber. */
export function ofChamber<T>(make: (chamber: number) => T): (chamber: number) => T {
  const made: T[] = [];
  return (chamber) => (made[chamber] ??= make(chamber));
}

export const chamberDomain = ofChamber((chamber) => `chamber ${chamber}`);
/** The domains of a quantity that concerns one chamber. */
export const chamberDomains = ofChamber((chamber): readonly string[] => [chamberDomain(chamber)]);
export const timingDomain = "timing";
export const wordsDomain = "words";

/** "61 ± 4 %" */
export function percentWithError(value: number, sigma: number): string {
  const digits = 100 * sigma < 0.95 ? 1 : 0;
  return `${(100 * value).toFixed(digits)} ± ${Math.max(100 * sigma, 10 ** -digits).toFixed(digits)} %`;
}

/**
 * Describes the limit. A fault stays active until its value is well below the limit, so there is a text for
 * a value that is within the limit but not well below it.
 */
export function expectedBelow({ beyond }: Pick<Reading, "beyond">, limit: string): string {
  return beyond ? `expected below ${limit}` : `not yet well below ${limit}`;
}

/** "24.8 ± 0.5 ns" */
export function withError(value: number, sigma: number, unit: string): string {
  const digits = sigma < 0.095 ? 2 : sigma < 0.95 ? 1 : 0;
  return `${fixed(value, digits)} ± ${Math.max(sigma, 10 ** -digits).toFixed(digits)} ${unit}`;
}

/** Whether a rule has found a fault of a chamber or of a part of it in this window. */
export const isReported = ({ reported }: PhysicsView, rule: RuleId, chamber: number): boolean =>
  reported.some((one) => one.rule === rule && chambersOf(one.scope).includes(chamber));
