/** Losses on the way from the producers, by the sequence numbers that they give their messages. */
import type { SourceRanges, WindowMessage } from "../../../pipeline/model/index.js";

export interface SequenceCheck {
  /** False when no message carries sequence numbers: then nothing can be said. */
  known: boolean;
  missing: number;
  duplicates: number;
}

type Range = [number, number];

/** Looks for numbers that are in none of the windows though lower and higher ones of the same source are. */
export function checkSequences(windows: readonly WindowMessage[]): SequenceCheck {
  const sources = windows.flatMap((window) => window.sources);
  const complete = groupBySource(sources).filter((parts) => parts.every((part) => part.truncated !== true));
  return {
    known: sources.length > 0,
    missing: complete.reduce((sum, parts) => sum + holesIn(parts.flatMap(({ ranges }) => ranges)), 0),
    duplicates: sources.reduce((sum, { duplicates }) => sum + duplicates, 0),
  };
}

function groupBySource(sources: SourceRanges[]): SourceRanges[][] {
  const groups = new Map<string, SourceRanges[]>();
  for (const source of sources) {
    const key = `${source.id}:${source.epoch}:${source.partition}`;
    groups.set(key, [...(groups.get(key) ?? []), source]);
  }
  return [...groups.values()];
}

/** Numbers between the first and the last range that no range holds. */
function holesIn(ranges: Range[]): number {
  const sorted = ranges.toSorted((a, b) => a[0] - b[0]);
  let [holes, next] = [0, sorted[0]?.[0] ?? 0];
  for (const [first, last] of sorted) {
    holes += Math.max(0, first - next);
    next = Math.max(next, last + 1);
  }
  return holes;
}
