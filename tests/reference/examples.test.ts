import { describe, expect, it } from "vitest";
import { examplesFolder, expectedMessages, expectedSummary, inputOf, pairsIn } from "../golden/pairs.js";
import { plainLedger } from "./plain-ledger.js";
import { runFiles } from "./run.js";

describe("the reference gives the worked examples", () => {
  it.each(pairsIn(examplesFolder))("$name", (pair) => {
    const run = runFiles([inputOf(pair)]);
    expect(run.messages).toEqual(expectedMessages(pair));
    expect(plainLedger(run.summary)).toEqual(expectedSummary(pair));
  });
});
