/** The content of a topic, compared with the records sent. */
import { createHash } from "node:crypto";
import { decodeSequenceKey } from "../../pipeline/model/index.js";
import { Simulator } from "../../producer/index.js";
import { readRanges, wholeTopic, type TopicRecord } from "../../runners/kafka/index.js";

/** Records now in a topic. */
export async function countRecords(bootstrapServers: string, topic: string): Promise<number> {
  const ranges = await wholeTopic({ bootstrapServers }, topic);
  return ranges.reduce((sum, { from, to }) => sum + Number(to - from), 0);
}

export async function recordsOf(bootstrapServers: string, topic: string): Promise<TopicRecord[]> {
  const records: TopicRecord[] = [];
  const access = { bootstrapServers };
  const ranges = await wholeTopic(access, topic);
  await readRanges({ access, topic, ranges, take: (record) => records.push(record) > 0 });
  return records;
}

/** The rows of records, concatenated. */
export function rowsOf(records: readonly TopicRecord[]): string {
  return records.map(({ value }) => value?.toString() ?? "").join("");
}

/** A hash of the rows that is independent of their order. */
export function fingerprint(rows: string): string {
  return createHash("sha256").update(rows.split("\n").sort().join("\n")).digest("hex");
}

/** Sequence numbers of each source, epoch and partition, in topic order. */
export function sequencesOf(records: readonly TopicRecord[]): number[][] {
  const found = new Map<string, number[]>();
  for (const { key } of records) {
    const parts = decodeSequenceKey(key?.toString() ?? "");
    if (parts === null) throw new Error("a foreign record");
    const name = `${parts.id}:${parts.epoch}:${parts.partition}`;
    const list = found.get(name) ?? [];
    list.push(parts.sequence);
    found.set(name, list);
  }
  return [...found.values()];
}

/** Rows of the simulator. */
export function simulatedRows(rows: number): string {
  const simulator = new Simulator({ seed: 5, rateHz: 1000 });
  const blocks: Uint8Array[] = [];
  for (let left = rows; left > 0; left -= 500) blocks.push(simulator.next(Math.min(500, left)).bytes);
  return Buffer.concat(blocks).toString();
}
