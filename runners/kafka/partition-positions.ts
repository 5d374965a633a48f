/** Converts positions in a topic to the offsets of each partition. */
import type { Admin } from "kafkajs";
import { UsageError } from "../../pipeline/model/index.js";
import { requirePartition } from "./admin.js";
import type { PartitionPositions, TopicPosition } from "./position-text.js";
import { rangesBetween, type OffsetRange } from "./positions.js";

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
