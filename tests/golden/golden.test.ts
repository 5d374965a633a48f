/** The implementation against the golden pairs: dropping a pair into `valid` adds a test. */
import { describe, it } from "vitest";
import { processFile } from "../helpers/process-file.js";
import { expectSameRun } from "../reference/compare.js";
import {
  examplesFolder,
  expectedMessages,
  expectedSummary,
  muonsFolder,
  pairsIn,
  validFolder,
} from "./pairs.js";

describe("the implementation gives the golden answers", () => {
  const folders = [validFolder, examplesFolder, muonsFolder];
  it.each(folders.flatMap(pairsIn))("$name", async (pair) => {
    const expected = { messages: expectedMessages(pair), summary: expectedSummary(pair) };
    expectSameRun(await processFile(pair.path), expected);
  });
});
