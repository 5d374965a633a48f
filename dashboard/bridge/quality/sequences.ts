/** Finds lost messages of Muonitor's producers from the sequence numbers in the windows. */
import {
  holesBetween,
  joinRanges,
  sequenceSource,
  type SequenceRange,
  type SourceRanges,
} from "../../../pipeline/model/index.js";
import type { WindowFacts } from "./facts.js";

interface Source {
  /** Received numbers, as ascending separate ranges; numbers before the first are not known. */
  seen: SequenceRange[];
  /** Gaps by their first number, with the window in which they were first found. */
  holes: Map<number, { last: number; sinceWindow: number }>;
  touched: number;
}

/** Maximum number of sources; those silent the longest are dropped. */
const maxSources = 64;
/** Maximum number of ranges; the oldest are joined, because their losses have been reported. */
const maxRanges = 256;

export class SequenceTracker {
  private readonly sources = new Map<string, Source>();
  private window = 0;
  private readonly duplicatesOf = new Map<number, number>();

  /** Adds a window, or a new version of a known one. */
  put(facts: WindowFacts, isNewest: boolean): void {
    if (isNewest) this.window += 1;
    for (const ranges of facts.sources) this.take(ranges);
    this.duplicatesOf.set(
      facts.id,
      facts.sources.reduce((sum, { duplicates }) => sum + duplicates, 0),
    );
    const [oldest] = this.duplicatesOf.keys();
    if (this.duplicatesOf.size > maxRanges) this.duplicatesOf.delete(oldest as number);
  }

  private take(from: SourceRanges): void {
    const key = sequenceSource(from);
    // A source with too many ranges lists only some of them: its gaps are not known.
    if (from.truncated === true) return void this.sources.delete(key);
    const source = this.sources.get(key) ?? { seen: [], holes: new Map(), touched: 0 };
    source.touched = this.window;
    source.seen = joinRanges([...source.seen, ...from.ranges]);
    this.sources.delete(key);
    this.sources.set(key, source);
    this.updateHoles(source);
    const [oldest] = this.sources.keys();
    if (this.sources.size > maxSources) this.sources.delete(oldest as string);
  }

  private updateHoles(source: Source): void {
    while (source.seen.length > maxRanges) {
      const [first, second] = source.seen as [SequenceRange, SequenceRange];
      source.seen.splice(0, 2, [first[0], second[1]]);
    }
    const before = source.holes;
    source.holes = new Map();
    for (const [first, last] of holesBetween(source.seen)) {
      source.holes.set(first, { last, sinceWindow: before.get(first)?.sinceWindow ?? this.window });
    }
  }

  /**
   * Number of messages that have been missing for `grace` windows or longer, during the first `span` windows after
   * that. Messages missing for a shorter time may still arrive.
   */
  missing(grace: number, span: number): number {
    let sum = 0;
    for (const { holes } of this.sources.values()) {
      for (const [first, { last, sinceWindow }] of holes) {
        const age = this.window - sinceWindow;
        if (age >= grace && age < grace + span) sum += last - first + 1;
      }
    }
    return sum;
  }

  duplicates(id: number): number {
    return this.duplicatesOf.get(id) ?? 0;
  }
}
