/** Which messages of our producers never came, by the sequence numbers that the windows hold. */
import {
  holesBetween,
  joinRanges,
  sequenceSource,
  type SequenceRange,
  type SourceRanges,
} from "../../../pipeline/model/index.js";
import type { WindowFacts } from "./facts.js";

interface Source {
  /** Numbers that came, ascending and apart; numbers before the first are not known. */
  seen: SequenceRange[];
  /** Holes, by their first number, with the judgement at which they were first there. */
  holes: Map<number, { last: number; sinceWindow: number }>;
  touched: number;
}

/** More sources than this are forgotten, the longest silent first. */
const maxSources = 64;
/** More ranges than this are joined from the old end: what was lost there has been told. */
const maxRanges = 256;

export class SequenceTracker {
  private readonly sources = new Map<string, Source>();
  private window = 0;
  private readonly duplicatesOf = new Map<number, number>();

  /** Takes a window or a new version of one. */
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
    // Of a source with too many ranges not all are told: nothing can be said of its holes.
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

  /** Messages missing for at least `grace` windows and at most `span`: what is younger may still come. */
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
