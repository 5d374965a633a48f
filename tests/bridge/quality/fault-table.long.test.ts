/**
 * Acceptance test of the judge: every row of the table of faults, during a run and from the start, with and without a
 * reference. MUONITOR_TABLE=FILE writes the table.
 */
import { writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { describeTable, replay, type Outcome } from "./replay.js";
import { faultTable } from "./fault-table.js";

const outcomes: Outcome[] = [];
const seed = 1;
const file = process.env["MUONITOR_TABLE"];

afterAll(() => {
  if (file !== undefined) writeFileSync(file, describeTable(outcomes));
});

describe("the table of faults", () => {
  it.each(faultTable)(
    "$name",
    (row) => {
      const found = replay(row, seed);
      outcomes.push(...found);
      for (const { mode, missing } of found) expect({ mode, missing }).toEqual({ mode, missing: [] });
    },
    120_000,
  );
});
