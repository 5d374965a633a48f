import type { Look } from "./spec.js";

/** A chamber in a legend: by its name, or its number where it has none. */
export function chamberLabel({ names }: Pick<Look, "names">, chamber: number): string {
  return `chamber ${names?.[chamber] ?? chamber}`;
}
