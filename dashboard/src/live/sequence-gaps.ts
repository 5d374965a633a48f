/** Finds messages that were lost after the producers had sent them, by their sequence numbers. */
import {
  holesBetween,
  joinRanges,
  sequenceSource,
  type SourceRanges,
  type WindowMessage,
} from "../../../pipeline/model/index.js";

interface SequenceCheck {
  /** False if no message has sequence numbers: then losses are unknown. */
  known: boolean;
  missing: number;
  duplicates: number;
}

/** Counts numbers missing between lower and higher numbers of the same source. */
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
