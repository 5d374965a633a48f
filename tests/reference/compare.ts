/** Compares the output of the implementation with that of the reference, for each key of schema 1. */
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

/** Checks for the same windows with the same content, and that every line is valid; keys unknown to schema 1 are allowed. */
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

/** Like toEqual, but faster for messages that are identical to the byte. */
export function expectSame(actual: unknown, expected: unknown): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) expect(actual).toEqual(expected);
}

/** Removes the keys of segments if the expected message is older than these keys. */
export function comparable(message: ReferenceMessage, expected?: ReferenceMessage): Record<string, unknown> {
  const part = knownPart(message);
  if (expected?.segment_chamber !== undefined) return part;
  return { ...part, ...Object.fromEntries(muonKeyNames.map((key) => [key, undefined])) };
}

/** Number of malformed rows without a reason; 0 if there are no reasons at all. */
function reasonsGap({ malformed, malformed_reasons }: Ledger): number {
  if (malformed_reasons === undefined) return 0;
  return Object.values(malformed_reasons).reduce((left, count) => left - count, malformed);
}

/** The keys of schema 1 without `emitted_ms` and without the optional reasons. */
export function knownPart(message: ReferenceMessage): Record<string, unknown> {
  const known = keyOrder.filter((key) => key !== "emitted_ms").map((key) => [key, message[key]] as const);
  return { ...Object.fromEntries(known), ledger: plainLedger(message.ledger) };
}

/** The part of a line that must be identical, byte for byte, in two runs over the same rows. */
export function withoutEmittedMs(line: string): string {
  return line.replace(/,"emitted_ms":\d+}$/, "}");
}
