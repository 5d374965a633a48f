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

/** The space between a number and its unit. */
const units =
  /(?<=\d) (?=(?:%|‰|°|σ|×|[kMG]?Hz|[nµm]?s|min|h|d|[µmck]?m|k?V|m?rad|[kMG]?B)(?![\p{L}\p{N}]))/gu;

/**
 * 1,300 → 1 300 with a narrow no-break space; a hyphen before a number is a minus sign; a number, its error and its unit
 * stay on one line.
 */
export function ownNumbers(text: string): string {
  return text
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, "\u202F")
    .replace(/(?<=^|[\s(])-(?=\d)/g, "−")
    .replace(/ ± /g, "\u00A0±\u00A0")
    .replace(units, "\u202F");
}

/** Words that a short reason can do without, the least important first. */
const spare: readonly (readonly [RegExp, string])[] = [
  // The light names the comparison.
  [/ \((?:its own past|(?:the )?references?)\b[^()]*\)/g, ""],
  [/\(and (\d+ other alarms?)\)$/, "(+$1)"],
  [/: [^,:;()]+\sHz, expected [^,:;()]+\sHz/, ""],
  [/(?<=; dead time of the read-out): [^;(]+(?=$| \()/, ""],
  [/, (?:expected|usually|normally) [^,:;()]*\d[^,:;()]*(?=$|;| \()/, ""],
  [/: (?:[^:;]|:\d)*\d(?:[^:;]|:\d)*(?=$|;| \(\+)/, ""],
];

/** Maximum number of characters in the light of a chamber. */
export const mostInTile = 76;

/** A reason of the whole detector's light in two parts: the first alarm, and how many others there are, null if none. */
export function apart(reason: string): [first: string, others: string | null] {
  const [whole, others] = / \(and (\d+ (?:other alarms?|more))\)$/.exec(reason) ?? [];
  return whole === undefined ? [reason, null] : [reason.slice(0, -whole.length), `+${others}`];
}

/** A reason for a light: cause and place, without details if it has more characters than fit. */
export function headline(reason: string, most: number): string {
  return spare.reduce(
    (words, [part, instead]) => (words.length <= most ? words : words.replace(part, instead)),
    reason,
  );
}
