/** Positions in a topic as users write them: an end, an offset, a number of records before the end, a time. */
import type { Admin } from "kafkajs";
import { UsageError } from "../../pipeline/model/index.js";
import { offsetsOf } from "./admin.js";

export type TopicPosition =
  | { kind: "earliest" }
  | { kind: "latest" }
  | { kind: "offset"; offset: bigint }
  /** A number of offsets before the end. */
  | { kind: "back"; count: bigint }
  /** The first record at or after this time, ms since the Unix epoch. */
  | { kind: "time"; ms: number };

export const positionWords =
  "earliest, latest, an offset (also offset:N), -N for N before the end, a time or an age such as -15m";

const unitsMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @param nowMs reference for ages */
export function parsePosition(text: string, nowMs = Date.now()): TopicPosition {
  const words = text.trim();
  if (words === "earliest" || words === "latest") return { kind: words };
  const offset = /^(offset:)?(\d{1,18})$/.exec(words);
  if (offset?.[1] === undefined) refuseTime(words);
  if (offset !== null) return { kind: "offset", offset: BigInt(offset[2] as string) };
  if (/^-\d{1,18}$/.test(words)) return { kind: "back", count: BigInt(words.slice(1)) };
  const age = /^-(\d{1,9})([smhd])$/.exec(words);
  if (age !== null)
    return { kind: "time", ms: nowMs - Number(age[1]) * unitsMs[age[2] as keyof typeof unitsMs] };
  const ms = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?$/.test(words) ? Date.parse(withZone(words)) : NaN;
  if (Number.isNaN(ms)) throw new Error(`must be ${positionWords}, not "${text}"`);
  return { kind: "time", ms };
}

/** Times of the years 2001 to 2100 in ms and in us, as other tools write them; offsets never get that large. */
const [firstMs, lastMs] = [1e12, 4.1e12];

/** @throws Error for a number that is a time and not an offset */
function refuseTime(words: string): void {
  const number = /^\d{13,16}$/.test(words) ? Number(words) : 0;
  const ms = [number, number / 1000].find((value) => value >= firstMs && value <= lastMs);
  if (ms === undefined) return;
  const time = new Date(ms).toISOString();
  throw new Error(`"${words}" looks like a time: write ${time}, or offset:${words} for an offset`);
}

/** A time without a zone is UTC, as everywhere in this project. */
function withZone(text: string): string {
  const iso = text.replace(" ", "T");
  return /T.*(Z|[+-]\d\d:?\d\d)$/i.test(iso) || !iso.includes("T") ? iso : `${iso}Z`;
}

/** The offsets [from, to) of one partition. */
export interface OffsetRange {
  partition: number;
  from: bigint;
  to: bigint;
}

/**
 * The ranges between two positions, by partition in ascending order; a range may be empty.
 * @param wanted partitions; default all
 * @throws UsageError for an offset beyond the end of all of them
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
