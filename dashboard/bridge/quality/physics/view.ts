/** What the physics rules look at. */
import type { ChamberConfig, DetectorConfig, WindowMessage } from "../../../../pipeline/model/index.js";
import type { RuleSettings } from "../default-rules.js";
import type { RawFinding } from "../view.js";
import { maskOf, type Mask } from "./masks.js";
import type { Layout } from "./quantities.js";
import type { SlidingSums } from "./sliding-sums.js";
import type { Reading, SpanSearch } from "./search.js";

/** Counts of other windows to compare with. */
export interface Comparison {
  sum: Float64Array;
  /** As a reason names it: "reference good-run", "its own past since 12:04 UTC". */
  by: string;
}

export interface PhysicsView {
  rules: RuleSettings;
  detector: DetectorConfig;
  layout: Layout;
  sums: SlidingSums;
  search: SpanSearch;
  /** Null while there is nothing to compare with. */
  comparison: Comparison | null;
  newest: WindowMessage;
  /** What the rules on counts of hits have found in this window. */
  known: readonly RawFinding[];
  /** What physics rules before this one have found. */
  reported: RawFinding[];
}

export type PhysicsRule = (view: PhysicsView) => RawFinding[];

/** The mask of a chamber. */
export const maskIn = ({ chambers }: DetectorConfig, chamber: number): Mask =>
  maskOf(chambers[chamber] as ChamberConfig);

/** Something of each chamber, made once. */
export function ofChamber<T>(make: (chamber: number) => T): (chamber: number) => T {
  const made: T[] = [];
  return (chamber) => (made[chamber] ??= make(chamber));
}

export const chamberDomain = ofChamber((chamber) => `chamber ${chamber}`);
/** The domain of a quantity that concerns one chamber. */
export const chamberDomains = ofChamber((chamber): readonly string[] => [chamberDomain(chamber)]);
export const timingDomain = "timing";
export const wordsDomain = "words";

/** "61 ± 4 %" */
export function percentWithError(value: number, sigma: number): string {
  const digits = 100 * sigma < 0.95 ? 1 : 0;
  return `${(100 * value).toFixed(digits)} ± ${Math.max(100 * sigma, 10 ** -digits).toFixed(digits)} %`;
}

/** A fault is active until its value is well back: while it is within the limit, the limit alone would contradict it. */
export function expectedBelow({ beyond }: Pick<Reading, "beyond">, limit: string): string {
  return beyond ? `expected below ${limit}` : `not yet well below ${limit}`;
}

/** "24.8 ± 0.5 ns" */
export function withError(value: number, sigma: number, unit: string): string {
  const digits = sigma < 0.095 ? 2 : sigma < 0.95 ? 1 : 0;
  return `${value.toFixed(digits)} ± ${Math.max(sigma, 10 ** -digits).toFixed(digits)} ${unit}`;
}
