/**
 * Words and phrases that `npm run lint` rejects in comments, messages and documents, each with the usual term.
 */

/** @typedef {{ words: RegExp, better: string }} Rule */

/** @type {Rule[]} */
export const rules = [
  { words: /\b(?:tell(?:s|ing)?|told)\b/i, better: "log, report, show, print, list" },
  { words: /\b(?:says?|said)\b/i, better: "report, state, print, show" },
  { words: /\bwhat (?:is|are|was|were)\b(?![^.;:]*\?)/i, better: "the name of the thing" },
  { words: /\bso (?:many|long)\b(?! (?:as|that)\b)/i, better: "the number's name: count, timeout" },
  { words: /\banew\b/i, better: "again, from scratch" },
  { words: /\bof itself\b/i, better: "on its own, by itself" },
  { words: /\b(?:go|goes|going|gone|went) on\b/i, better: "continue, resume" },
  { words: /\b(?:is|are|was|were) there\b(?![^.;:]*\?)|\bthere already\b/i, better: "exist, existing" },
  { words: /\bnobody\b|\bno matter\b/i, better: "no one, regardless of" },
  { words: /\ban own\b/i, better: "its own" },
  { words: /\bwished\b/i, better: "requested, optional" },
  { words: /\b(?:put|puts|set|sets) aside\b/i, better: "rename, move; reject" },
  { words: /\bspoil(?:s|t|ed)?\b/i, better: "corrupt" },
  { words: /\bodd (?:rows?|lines?)\b/i, better: "rejected rows" },
  { words: /\bway of the data\b/i, better: "data path" },
  { words: /\bcome what may\b|\ball the same\b/i, better: "always, regardless; or nothing" },
  { words: /\btakes? note of\b|\btook note of\b/i, better: "acknowledge, record" },
  { words: /\bwith a word\b/i, better: "with a notice" },
  { words: /\bor doubled\b|\bdoubled rows?\b/i, better: "duplicated" },
  { words: /\bdeaths? of\b|\bdies? of\b/i, better: "failure of, exit" },
  { words: /\bmakes? one expect\b/i, better: "expected" },
  { words: /\btimes the usual\b/i, better: "a percentage of normal" },
  { words: /\broof of the world\b/i, better: "the model's name and its limit" },
  { words: /\bempty at first\b/i, better: "initially empty" },
  {
    words: /\b(?:frugal|haste|patience|patiently|surroundings|lent)\b/i,
    better: "the term in plain English",
  },
  { words: /\balarms? stands?\b/i, better: "active alarm" },
  { words: /\bout of reach\b/i, better: "unreachable, no connection" },
  { words: /\bof now\b/i, better: "current" },
];

/**
 * An exception: all words of a file, or those in a context.
 * @typedef {{ path: string, text?: string, reason: string }} Allowed
 */

/** @type {Allowed[]} */
export const allowed = [
  { path: "runners/cli/process-options.ts", text: "--patience", reason: "old name of an option" },
  { path: "tests/cli/old-names.test.ts", text: "--patience", reason: "old name of an option" },
  { path: "tests/infra/words.test.ts", reason: "tests the words" },
];
