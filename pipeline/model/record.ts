/** A record of the topic `data_raw`, before its content is decoded. */

export interface RawRecord {
  /** Its sender and sequence number, see {@link encodeSequenceKey}; null from foreign producers. */
  key: Uint8Array | null;
  /** 1..N rows; empty is a heartbeat. */
  value: Uint8Array;
  /** Record time, ms since the Unix epoch. */
  timestampMs: number;
  partition: number;
}

/** The key of a message of one of Muonitor's producers. */
export interface SequenceKey {
  /** Name of the source, without a colon. */
  id: string;
  /** Distinguishes successive runs of the same source; increases. */
  epoch: number;
  partition: number;
  /** Counts the messages of source, epoch and partition from 0. */
  sequence: number;
}

/**
 * Key of the empty records that prevent a quiet partition from delaying windows, see runners/flink/keep-alive. They do
 * not show that a producer is alive: windows, counts and audits ignore them.
 */
export const keepAliveKey = "muonitor-keep-alive";

export function isKeepAlive(key: Uint8Array | null): boolean {
  return key?.length === keepAliveKey.length && key.every((byte, i) => byte === keepAliveKey.charCodeAt(i));
}

const keyPattern = /^m1:([^:]+):(\d+):(\d+):(\d+)$/;

/** `m1:<id>:<epoch>:<partition>:<seq>` */
export function encodeSequenceKey(key: SequenceKey): string {
  return `m1:${key.id}:${key.epoch}:${key.partition}:${key.sequence}`;
}

/** The parts of a key that {@link encodeSequenceKey} made; null for any other key. */
export function decodeSequenceKey(text: string): SequenceKey | null {
  const match = keyPattern.exec(text);
  if (match === null) return null;
  const [epoch, partition, sequence] = [Number(match[2]), Number(match[3]), Number(match[4])];
  if (![epoch, partition, sequence].every(Number.isSafeInteger)) return null;
  return { id: match[1] as string, epoch, partition, sequence };
}
