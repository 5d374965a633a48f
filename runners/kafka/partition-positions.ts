/** Topic positions by partition: `0=1200,3=2026-11-21T16:00,earliest`. */
import type { Admin } from "kafkajs";
import { UsageError } from "../../pipeline/model/index.js";
import { requirePartition } from "./admin.js";
import {
  parsePosition,
  positionWords,
  rangesBetween,
  type OffsetRange,
  type TopicPosition,
} from "./positions.js";

export interface PartitionPositions {
  /** Position in all partitions that are not named. */
  others: TopicPosition;
  named: ReadonlyMap<number, TopicPosition>;
}

export const partitionPositionWords = `${positionWords}; or PARTITION=PLACE for some partitions, parted by commas`;

/** @param others position in partitions that the text does not name */
export function parsePartitionPositions(text: string, others: TopicPosition): PartitionPositions {
  const named = new Map<number, TopicPosition>();
  let rest: TopicPosition | null = null;
  for (const part of text.split(",")) {
    const match = /^\s*(\d{1,6})=(.*)$/.exec(part);
    if (match === null) {
      if (rest !== null) throw new Error(`names two places for all partitions: "${text}"`);
      rest = parsePosition(part);
      continue;
    }
    const partition = Number(match[1]);
    if (named.has(partition)) throw new Error(`names partition ${partition} twice`);
    named.set(partition, parsePosition(match[2] as string));
  }
  return { others: rest ?? others, named };
}

/** The position in one partition. */
export function placeIn({ others, named }: PartitionPositions, partition: number): TopicPosition {
  return named.get(partition) ?? others;
}

/**
 * The ranges between the positions, by partition in ascending order; a range may be empty.
 * @throws UsageError for a partition that does not exist, and for a range that ends before it begins
 */
export async function partitionRanges(
  admin: Admin,
  topic: string,
  from: PartitionPositions,
  to: PartitionPositions,
): Promise<OffsetRange[]> {
  const [starts, ends] = [await placesOf(admin, topic, from), await placesOf(admin, topic, to)];
  return [...starts].map(([partition, start]) => {
    const end = ends.get(partition) as bigint;
    if (end < start) throw new UsageError(`partition ${partition} of ${topic}: ${start} is after ${end}`);
    return { partition, from: start, to: end };
  });
}

/** The offset of each partition. */
async function placesOf(
  admin: Admin,
  topic: string,
  { others, named }: PartitionPositions,
): Promise<Map<number, bigint>> {
  const startsAt = async (position: TopicPosition, wanted?: readonly number[]): Promise<OffsetRange[]> =>
    rangesBetween(admin, topic, position, { kind: "latest" }, wanted);
  const places = new Map((await startsAt(others)).map(({ partition, from }) => [partition, from]));
  for (const [partition, position] of named) {
    requirePartition(topic, partition, places.size);
    const [found] = await startsAt(position, [partition]);
    places.set(partition, found?.from as bigint);
  }
  return places;
}
