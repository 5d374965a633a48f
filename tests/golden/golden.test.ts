/** The implementation against the golden pairs: dropping a pair into `valid` adds a test. */
import { describe, it } from "vitest";
import { processFile } from "../helpers/process-file.js";
import { expectSameRun } from "../reference/compare.js";
import { examplesFolder, expectedMessages, expectedSummary, pairsIn, validFolder } from "./pairs.js";

describe("the implementation gives the golden answers", () => {
  it.each([...pairsIn(validFolder), ...pairsIn(examplesFolder)])("$name", async (pair) => {
    const expected = { messages: expectedMessages(pair), summary: expectedSummary(pair) };
    expectSameRun(await processFile(pair.path), expected);
  });
});
