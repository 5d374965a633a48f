/** The last rows that are in no histogram, grouped by kind and reason. */
import type { RowSample, SampleKind } from "../../../pipeline/model/index.js";

/** A group of rows to choose; the key is "" for all rejected rows, or a kind, or a kind with a reason. */
interface RowChoice {
  key: string;
  words: string;
  rows: number;
}

const kindWords: Partial<Record<SampleKind, string>> = { own: "read-out's own" };

/** Kind of a row as words of the page. */
export function wordsOfKind(kind: SampleKind): string {
  return kindWords[kind] ?? kind;
}

/**
 * All rejected rows, then each kind, most frequent first, with its reasons if there are several. The read-out's own rows
 * are not rejected and come last.
 */
export function rowChoices(samples: readonly RowSample[]): RowChoice[] {
  const kinds = grouped(samples, ({ kind }) => kind);
  kinds.sort(([a], [b]) => Number(a === "own") - Number(b === "own"));
  const choices = kinds.flatMap(([kind, rows]) => choicesOf(kind as SampleKind, rows));
  const rejected = samples.filter((sample) => isChosen(sample, "")).length;
  return choices.length === 0 ? [] : [{ key: "", words: "all", rows: rejected }, ...choices];
}

function choicesOf(kind: SampleKind, samples: readonly RowSample[]): RowChoice[] {
  const words = wordsOfKind(kind);
  const wordsOf = (reason: string): string =>
    reason === "" || reason === kind ? words : reasonKey(words, reason);
  const [first, ...others] = grouped(samples, ({ reason }) => reason);
  if (first === undefined) return [];
  if (others.length === 0) return [{ key: kind, words: wordsOf(first[0]), rows: samples.length }];
  const reasons = [first, ...others].map(([reason, rows]) => ({
    key: reasonKey(kind, reason),
    words: wordsOf(reason),
    rows: rows.length,
  }));
  return [{ key: kind, words, rows: samples.length }, ...reasons];
}

/** Whether a row is in a chosen group. */
export function isChosen({ kind, reason }: RowSample, key: string): boolean {
  if (key === "") return kind !== "own";
  return key === kind || key === reasonKey(kind, reason);
}

const reasonKey = (kind: string, reason: string): string => `${kind}: ${reason}`;

/** Groups by a key, largest first. */
function grouped(
  samples: readonly RowSample[],
  keyOf: (sample: RowSample) => string,
): [string, RowSample[]][] {
  const groups = new Map<string, RowSample[]>();
  for (const sample of samples) {
    const key = keyOf(sample);
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return [...groups].sort(([, a], [, b]) => b.length - a.length);
}
