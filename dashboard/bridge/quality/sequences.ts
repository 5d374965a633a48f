/** Which messages of our producers never came, by the sequence numbers that the windows hold. */
import type { SourceRanges } from "../../../pipeline/model/index.js";
import type { WindowFacts } from "./facts.js";

type Range = [number, number];

interface Source {
  /** Numbers that came, ascending and apart; numbers before the first are not known. */
  seen: Range[];
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

  private take({ id, epoch, partition, ranges, truncated }: SourceRanges): void {
    const key = `${id}:${epoch}:${partition}`;
    // Of a source with too many ranges not all are told: nothing can be said of its holes.
    if (truncated === true) return void this.sources.delete(key);
    const source = this.sources.get(key) ?? { seen: [], holes: new Map(), touched: 0 };
    source.touched = this.window;
    source.seen = join([...source.seen, ...ranges]);
    this.sources.delete(key);
    this.sources.set(key, source);
    this.updateHoles(source);
    const [oldest] = this.sources.keys();
    if (this.sources.size > maxSources) this.sources.delete(oldest as string);
  }

  private updateHoles(source: Source): void {
    while (source.seen.length > maxRanges) {
      const [first, second] = source.seen as [Range, Range];
      source.seen.splice(0, 2, [first[0], second[1]]);
    }
    const before = source.holes;
    source.holes = new Map();
    for (let i = 1; i < source.seen.length; i += 1) {
      const first = (source.seen[i - 1] as Range)[1] + 1;
      const last = (source.seen[i] as Range)[0] - 1;
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

/** Closed ranges, put in order and joined where they touch. */
function join(ranges: Range[]): Range[] {
  const joined: Range[] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = joined.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}
