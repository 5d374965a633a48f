/** Findings in words that stand for themselves. */
import { chambersOf, type Finding } from "../../../pipeline/model/index.js";

/** The reason with the chamber that it is about, where it is one. */
export function findingWords({ scope, reason }: Pick<Finding, "scope" | "reason">): string {
  const [chamber, ...others] = chambersOf(scope);
  if (chamber === undefined || others.length > 0) return capital(reason);
  return `Chamber ${chamber}: ${reason}`;
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
