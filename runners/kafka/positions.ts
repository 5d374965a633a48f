/** Positions in a topic as offsets. */
import type { Admin } from "kafkajs";
import { UsageError } from "../../pipeline/model/index.js";
import { offsetsOf } from "./admin.js";
import type { TopicPosition } from "./position-text.js";

/** The offsets [from, to) of one partition. */
export interface OffsetRange {
  partition: number;
  from: bigint;
  to: bigint;
}

/**
 * The ranges between two positions, by partition in ascending order; a range may be empty.
 * @param wanted partitions; default all
 * @throws UsageError for an offset beyond the end of all partitions
 */
export async function rangesBetween(
  admin: Admin,
  topic: string,
  from: TopicPosition,
  to: TopicPosition,
  wanted?: readonly number[],
): Promise<OffsetRange[]> {
  const ends = (await offsetsOf(admin, topic))
    .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
    .filter(({ partition }) => wanted?.includes(partition) ?? true);
  [from, to].forEach((position) => refuseBeyond(topic, position, ends));
  const [starts, stops] = [
    await offsetsAt(admin, topic, from, ends),
    await offsetsAt(admin, topic, to, ends),
  ];
  return ends
    .map(({ partition }, i) => ({ partition, from: starts[i] as bigint, to: stops[i] as bigint }))
    .sort((a, b) => a.partition - b.partition);
}

interface PartitionEnds {
  partition: number;
  low: bigint;
  high: bigint;
}

/** The offset of a position in each partition, limited to the offsets it holds. */
async function offsetsAt(
  admin: Admin,
  topic: string,
  position: TopicPosition,
  ends: readonly PartitionEnds[],
): Promise<bigint[]> {
  if (position.kind === "time") {
    const found = await admin.fetchTopicOffsetsByTimestamp(topic, position.ms);
    const byPartition = new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
    return ends.map((end) => within(byPartition.get(end.partition) ?? end.high, end));
  }
  return ends.map((end) => within(offsetAt(position, end), end));
}

function refuseBeyond(topic: string, position: TopicPosition, ends: readonly PartitionEnds[]): void {
  if (position.kind !== "offset" || ends.some(({ high }) => position.offset <= high)) return;
  const places = ends.map(({ partition, high }) => `partition ${partition} at ${high}`).join(", ");
  if (places !== "")
    throw new UsageError(`offset ${position.offset} is beyond the end of ${topic}: ${places}`);
}

function offsetAt(position: Exclude<TopicPosition, { kind: "time" }>, { low, high }: PartitionEnds): bigint {
  if (position.kind === "earliest") return low;
  if (position.kind === "latest") return high;
  return position.kind === "offset" ? position.offset : high - position.count;
}

function within(offset: bigint, { low, high }: PartitionEnds): bigint {
  if (offset < low) return low;
  return offset > high ? high : offset;
}
