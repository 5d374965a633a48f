/** Losses on the way from the producers, by the sequence numbers that they give their messages. */
import {
  holesBetween,
  joinRanges,
  sequenceSource,
  type SourceRanges,
  type WindowMessage,
} from "../../../pipeline/model/index.js";

interface SequenceCheck {
  /** False when no message carries sequence numbers: then losses are not known. */
  known: boolean;
  missing: number;
  duplicates: number;
}

/** Looks for numbers that are in none of the windows though lower and higher ones of the same source are. */
export function checkSequences(windows: readonly WindowMessage[]): SequenceCheck {
  const sources = windows.flatMap((window) => window.sources);
  const complete = groupBySource(sources).filter((parts) => parts.every((part) => part.truncated !== true));
  return {
    known: sources.length > 0,
    missing: complete.reduce((sum, parts) => sum + missingIn(parts), 0),
    duplicates: sources.reduce((sum, { duplicates }) => sum + duplicates, 0),
  };
}

function groupBySource(sources: SourceRanges[]): SourceRanges[][] {
  const groups = new Map<string, SourceRanges[]>();
  for (const source of sources) {
    const key = sequenceSource(source);
    groups.set(key, [...(groups.get(key) ?? []), source]);
  }
  return [...groups.values()];
}

function missingIn(parts: readonly SourceRanges[]): number {
  const holes = holesBetween(joinRanges(parts.flatMap(({ ranges }) => ranges)));
  return holes.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}
