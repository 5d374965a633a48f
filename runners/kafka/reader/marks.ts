/**
 * Topic positions that survive restarts. After a topic is deleted and recreated under the same name, an offset alone
 * is meaningless. Each offset is therefore stored with the topic id, or with the preceding record if the broker
 * reports no id.
 */
import type { KafkaMessage } from "kafkajs";
import { crc32c } from "../client/crc32c.js";

/** Distinguishes a topic from another one of the same name. */
export interface TopicMark {
  /** Topic id; null if the broker reports none. */
  id: string | null;
  /** The record before the position; null if none was read. */
  record: RecordMark | null;
}

export interface RecordMark {
  offset: bigint;
  timestamp: string;
  crc: number;
}

export function recordMark({ offset, timestamp, key, value }: KafkaMessage): RecordMark {
  const bytes = Buffer.concat([key ?? Buffer.alloc(0), Buffer.of(0), value ?? Buffer.alloc(0)]);
  return { offset: BigInt(offset), timestamp, crc: crc32c(bytes, 0, bytes.length) };
}

/** `id` or, if there is none, `-OFFSET:TIME:CRC`; empty when nothing is known. */
export function encodeMark({ id, record }: TopicMark): string {
  if (id !== null) return id;
  return record === null ? "" : `-${record.offset}:${record.timestamp}:${record.crc}`;
}

/** Returns an empty mark for a text that is not a mark. */
export function decodeMark(text: string | undefined): TopicMark {
  if (text === undefined || text === "") return { id: null, record: null };
  const match = /^-(\d+):(-?\d+):(\d+)$/.exec(text);
  if (match === null) return { id: text, record: null };
  const [offset, timestamp, crc] = match.slice(1) as [string, string, string];
  return { id: null, record: { offset: BigInt(offset), timestamp, crc: Number(crc) } };
}

/** OFFSET@MARK */
export function encodePlace(offset: bigint, mark: TopicMark): string {
  return `${offset}@${encodeMark(mark)}`;
}

/** @param text from {@link encodePlace}, or an offset alone */
export function decodePlace(text: string): { offset: bigint; mark: TopicMark } {
  const [offset = "0", mark] = text.split("@");
  return { offset: BigInt(offset), mark: decodeMark(mark) };
}

/** Whether two ids contradict each other; an unknown one contradicts none. */
export function isOtherTopic(kept: string | null, now: string | null): boolean {
  return kept !== null && now !== null && kept !== now;
}
