/** Findings as complete sentences. */
import { chambersOf, type Finding } from "../../../pipeline/model/index.js";

/** The reason with its chamber, if it has one. */
export function findingWords({
  scope,
  reason,
  chamber_name: name,
}: Pick<Finding, "scope" | "reason" | "chamber_name">): string {
  const [chamber, ...others] = chambersOf(scope);
  if (chamber === undefined || others.length > 0) return capital(reason);
  return ownNumbers(`Chamber ${name ?? chamber}: ${reason}`);
}

/** Name of the comparison for the page. */
export function comparisonWords(comparedWith: string): string {
  return comparedWith
    .replace(/^physics only/, "fixed limits only")
    .replace(/^references (.+), of which (.+) fits best/, "reference $2 (best fit of $1)");
}

/** Texts of the page for the reasons of good lights. */
const goodWords: Readonly<Record<string, string>> = {
  "all chambers are good": "All good: detector, read-out, data path",
  "all cells give hits": "All cells firing",
  "the scintillator gives signals": "Firing",
  "the data flows and adds up": "Flowing, all rows accounted for",
};

/** A reason as a sentence, with numbers in the format of the page. */
export function capital(text: string): string {
  return goodWords[text] ?? ownNumbers(text.charAt(0).toUpperCase() + text.slice(1));
}

/** 1,300 → 1 300 with a narrow no-break space; a hyphen before a number is a minus sign. */
function ownNumbers(text: string): string {
  return text.replace(/(?<=\d),(?=\d{3}(?!\d))/g, "\u202F").replace(/(?<=^|[\s(])-(?=\d)/g, "−");
}
