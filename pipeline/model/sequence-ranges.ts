/** Ranges of the sequence numbers of producers' messages, and the gaps between the ranges. */

/** First and last number. */
export type SequenceRange = [number, number];

/** The same numbers in ascending, non-adjacent ranges. */
export function joinRanges(ranges: readonly SequenceRange[]): SequenceRange[] {
  const joined: SequenceRange[] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = joined.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return joined;
}

/** Gaps between joined ranges: missing numbers with lower and higher ones present. */
export function holesBetween(joined: readonly SequenceRange[]): SequenceRange[] {
  return joined.slice(1).map(([first], i) => [(joined[i] as SequenceRange)[1] + 1, first - 1]);
}

/** Sequence numbers count up by source, epoch and partition. */
export function sequenceSource({
  id,
  epoch,
  partition,
}: {
  id: string;
  epoch: number;
  partition: number;
}): string {
  return `${id}:${epoch}:${partition}`;
}
