/** Groups of the last rows that are in no histogram. */
import { expect, it } from "vitest";
import { isChosen, rowChoices } from "../../dashboard/src/live/row-choices.js";
import type { RowSample } from "../../pipeline/model/index.js";

const sample = (kind: RowSample["kind"], reason: string): RowSample => ({
  ...{ kind, reason, text: "", partition: null, offset: null, record_ms: null, seen_ms: 0 },
});
const samples = [
  ...Array.from({ length: 5 }, () => sample("own", "internal channel 1:138")),
  sample("unmapped", "no chamber has FPGA:channel 1:133"),
  sample("unmapped", "no chamber has FPGA:channel 1:134"),
  sample("unmapped", "no chamber has FPGA:channel 1:133"),
  sample("malformed", "json"),
  sample("late", "late"),
];

it("lists kinds and their reasons, the most frequent first, and the read-out's own rows last", () => {
  expect(rowChoices(samples).map(({ words, rows }) => `${words} ${rows}`)).toEqual([
    "all 5",
    "unmapped 3",
    "unmapped: no chamber has FPGA:channel 1:133 2",
    "unmapped: no chamber has FPGA:channel 1:134 1",
    "malformed: json 1",
    "late 1",
    "read-out's own: internal channel 1:138 5",
  ]);
  expect(rowChoices([])).toEqual([]);
});

it("chooses as many rows as each group states", () => {
  for (const { key, rows } of rowChoices(samples))
    expect(samples.filter((one) => isChosen(one, key))).toHaveLength(rows);
});
