/** Classifies read errors: retry, or give up. */
import { MuonitorError } from "../../../pipeline/model/index.js";
import { ProtocolError } from "../client/metadata.js";
import { refused } from "../refusals.js";

/** Transient error codes of Kafka: leaders move, brokers restart, a topic is deleted and recreated. */
const passing = new Set([3, 5, 6, 7, 8, 9, 13, 56, 70, 71, 74, 75, 76, 78, 100, 103]);
const outOfRangeCode = 1;
export const noLeaderCode = 5;
const names = new Map([[2, "a batch is corrupt on the broker"]]);
const refusedCode = 29;

export const isOutOfRange = (code: number): boolean => code === outOfRangeCode;
export const passes = (code: number): boolean => passing.has(code);

/** The reason why a partition is unreadable. */
export function faultOf(code: number, topic: string): MuonitorError {
  if (code === refusedCode) return refused([`Read on topic ${topic}`]);
  return new MuonitorError(names.get(code) ?? `Kafka answers with error ${code}`);
}

/** Whether a retry may help. */
export function isPassing(error: unknown): boolean {
  if (error instanceof MuonitorError) return error.retriable;
  if (error instanceof ProtocolError) return passes(error.code);
  const { name = "", retriable } = error as { name?: string; retriable?: boolean };
  if (name === "KafkaJSSASLAuthenticationError") return false;
  // kafkajs wraps its last error after a few attempts.
  if (name === "KafkaJSNumberOfRetriesExceeded" || name === "KafkaJSBrokerNotFound") return true;
  return name.startsWith("KafkaJS") && retriable !== false;
}
