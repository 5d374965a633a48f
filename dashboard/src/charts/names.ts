/** Names and times of the chambers from the set-up, for the charts. */
import { maxDriftTimeNs } from "../../../pipeline/model/index.js";
import type { Look } from "./spec.js";

/** A chamber in a legend: by its name, or its number where it has none. */
export function chamberLabel({ names }: Pick<Look, "names">, chamber: number): string {
  return `chamber ${names?.[chamber] ?? chamber}`;
}

/** Where the box of drift times ends, ns: of one chamber, or the last of all. */
export function boxEndNs({ boxEndsNs = [] }: Pick<Look, "boxEndsNs">, chamber: number | null): number {
  if (chamber !== null) return boxEndsNs[chamber] ?? maxDriftTimeNs;
  return boxEndsNs.length === 0 ? maxDriftTimeNs : Math.max(...boxEndsNs);
}
