/** Compares what the implementation gave with what the reference expects, key by key of schema 1. */
import { expect } from "vitest";
import type { Ledger } from "../../pipeline/model/ledger.js";
import type { WindowMessage } from "../../pipeline/model/message.js";
import { muonKeyNames } from "../../pipeline/model/muons.js";
import type { ReferenceRun } from "./run.js";
import type { ReferenceMessage } from "./summarise.js";
import { plainLedger } from "./plain-ledger.js";
import { keyOrder, validateLine } from "./validate-message.js";

export interface ProcessedRun {
  messages: WindowMessage[];
  lines: string[];
  summary: Ledger;
}

/** Same windows with the same content, and every line valid; keys that schema 1 does not know may be added. */
export function expectSameRun(actual: ProcessedRun, expected: ReferenceRun): void {
  expect(plainLedger(actual.summary)).toEqual(plainLedger(expected.summary));
  expect(reasonsGap(actual.summary)).toBe(0);
  expectSame(
    actual.messages.map((message, i) => comparable(message, expected.messages[i])),
    expected.messages.map(knownPart),
  );
  expectSame(
    actual.lines.map((line) => JSON.parse(line) as unknown),
    actual.messages,
  );
  for (const line of actual.lines) expect(validateLine(line)).toEqual([]);
}

/** As toEqual, which takes long for messages that are the same to the byte. */
export function expectSame(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual).toEqual(expected);
}

/** Answers that are older than the keys of segments have none of them: these are not compared. */
export function comparable(message: ReferenceMessage, expected?: ReferenceMessage): Record<string, unknown> {
  const part = knownPart(message);
  if (expected?.segment_chamber !== undefined) return part;
  return { ...part, ...Object.fromEntries(muonKeyNames.map((key) => [key, undefined])) };
}

/** Malformed rows that the reasons do not explain; 0 without reasons. */
function reasonsGap({ malformed, malformed_reasons }: Ledger): number {
  if (malformed_reasons === undefined) return 0;
  return Object.values(malformed_reasons).reduce((left, count) => left - count, malformed);
}

/** The keys of schema 1 without `emitted_ms` and without the optional reasons. */
export function knownPart(message: ReferenceMessage): Record<string, unknown> {
  const known = keyOrder.filter((key) => key !== "emitted_ms").map((key) => [key, message[key]] as const);
  return { ...Object.fromEntries(known), ledger: plainLedger(message.ledger) };
}

/** The line as two runs over the same rows must share it, byte for byte. */
export function withoutEmittedMs(line: string): string {
  return line.replace(/,"emitted_ms":\d+}$/, "}");
}
