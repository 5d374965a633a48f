import { describe, expect, it } from "vitest";
import { comparable } from "../reference/compare.js";
import { plainLedger } from "../reference/plain-ledger.js";
import { runFiles } from "../reference/run.js";
import { validateLine } from "../reference/validate-message.js";
import {
  examplesFolder,
  expectedMessages,
  expectedSummary,
  inputOf,
  muonsFolder,
  pairsIn,
  validFolder,
} from "./pairs.js";

describe.each([validFolder, examplesFolder, muonsFolder].flatMap(pairsIn))("golden $name", (pair) => {
  it("is the output of the reference", () => {
    const run = runFiles([inputOf(pair)]);
    const expected = expectedMessages(pair);
    expect(run.messages.map((message, i) => comparable(message, expected[i]))).toEqual(
      expected.map((message) => comparable(message, message)),
    );
    expect(plainLedger(run.summary)).toEqual(expectedSummary(pair));
  });

  it("is valid by the schema and adds up", () => {
    for (const message of expectedMessages(pair)) {
      expect(validateLine(JSON.stringify({ ...message, emitted_ms: 0 }))).toEqual([]);
    }
  });
});
