/** The implementation against the golden pairs: dropping a pair into `valid` adds a test. */
import { describe, it } from "vitest";
import { processFile } from "../helpers/process-file.js";
import { expectSameRun } from "../reference/compare.js";
import {
  examplesFolder,
  expectedMessages,
  expectedSummary,
  hasMeasured,
  measuredPair,
  muonsFolder,
  pairsIn,
  validFolder,
  type GoldenPair,
} from "./pairs.js";

describe("the implementation gives the golden answers", () => {
  const folders = [validFolder, examplesFolder, muonsFolder];
  const check = async (pair: GoldenPair): Promise<void> => {
    const expected = { messages: expectedMessages(pair), summary: expectedSummary(pair) };
    expectSameRun(await processFile(pair.path), expected);
  };
  it.each(folders.flatMap(pairsIn))("$name", check);
  it.skipIf(!hasMeasured)(
    `for measured rows${hasMeasured ? "" : " (skipped: no measured rows on this machine)"}`,
    () => check(measuredPair()),
  );
});
