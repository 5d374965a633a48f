/** Names and drift times of the chambers, from the set-up. */
import { maxDriftTimeNs } from "../../../pipeline/model/index.js";
import type { Look } from "./spec.js";

/** Name of a chamber in a legend; its number if it has no name. */
export function chamberLabel({ names }: Pick<Look, "names">, chamber: number): string {
  return `chamber ${names?.[chamber] ?? chamber}`;
}

/** End of the drift-time box, ns: of one chamber, or the maximum of all. */
export function boxEndNs({ boxEndsNs = [] }: Pick<Look, "boxEndsNs">, chamber: number | null): number {
  if (chamber !== null) return boxEndsNs[chamber] ?? maxDriftTimeNs;
  return boxEndsNs.length === 0 ? maxDriftTimeNs : Math.max(...boxEndsNs);
}
