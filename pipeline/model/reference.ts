/** Sums over windows. A picture is the sum over a span of time; a reference is a named picture to compare data with. */

export const referenceSchema = 1;

export type { GoodnessNull, Reference, WindowSum } from "./schema/reference.js";
export type { PastSpan, PictureSpan } from "./schema/requests.js";

/** Summary of a stored reference. */
export interface ReferenceInfo {
  id: string;
  name: string;
  created_ms: number;
  source: string;
  windows: number;
  seconds: number;
  hit_count: number;
  /** Whether the rules compare with it. */
  chosen: boolean;
}

/** A person's declaration that the data is normal from now on. */
export interface Acceptance {
  by: string;
  comment: string;
  /** Server clock, ms. */
  at_ms: number;
  /** What the data was compared with before; null before the first judgement. */
  before: string | null;
}

/** Maximum number of references that the rules compare with at once. */
export const maxChosenReferences = 3;

/** Maximum `windows` of a {@link PastSpan}: each of them has to be unpacked. */
export const maxPastWindows = 60;
