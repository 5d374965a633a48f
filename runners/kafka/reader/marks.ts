/**
 * Places in a topic that are kept over restarts. An offset alone means nothing in a topic of the same name that was deleted
 * and created again, so each is kept with the identity of its topic; where the broker reports none, with the record before
 * it.
 */
import type { KafkaMessage } from "kafkajs";
import { crc32c } from "../client/crc32c.js";

/** What tells a topic from another of the same name. */
export interface TopicMark {
  /** Identity of the topic; null where the broker reports none. */
  id: string | null;
  /** The record before the place; null where none was read. */
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

/** `id` or, without one, `-OFFSET:TIME:CRC`; empty when nothing is known. */
export function encodeMark({ id, record }: TopicMark): string {
  if (id !== null) return id;
  return record === null ? "" : `-${record.offset}:${record.timestamp}:${record.crc}`;
}

/** What is no mark says nothing. */
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

/** @param text of {@link encodePlace}, or an offset alone */
export function decodePlace(text: string): { offset: bigint; mark: TopicMark } {
  const [offset = "0", mark] = text.split("@");
  return { offset: BigInt(offset), mark: decodeMark(mark) };
}

/** Whether two identities contradict each other; one that is not known contradicts none. */
export function isOtherTopic(kept: string | null, now: string | null): boolean {
  return kept !== null && now !== null && kept !== now;
}
