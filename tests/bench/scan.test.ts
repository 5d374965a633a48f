/** The scan of the bench finds every row, and the same sum in TypeScript and in C. */
import { expect, it } from "vitest";
import { scratchFolder } from "../helpers/scratch.js";
import { scanFile, scanFileInC } from "./measure/scan.js";

const scratch = scratchFolder();
const rowOf = (i: number): string => `2,${i % 2},${i % 128},${4_000_000_000 + i},${i % 3564},-${i % 30}.25\n`;
const sumOf = (row: string): number =>
  row.split(",").reduce((sum, field) => sum + Number(field.trim().split(/[-.]/).at(-1)), 0);

it("scans a file that is longer than a block", () => {
  const rows = Array.from({ length: 60_000 }, (_, i) => rowOf(i));
  const path = scratch.write("scan.csv", rows.join(""));
  const expected = { rows: rows.length, sum: rows.reduce((sum, row) => (sum + sumOf(row)) % 2 ** 32, 0) };
  expect(scanFile(path)).toMatchObject(expected);
  const inC = scanFileInC(path, scratch.path);
  if (inC !== null) expect(inC).toMatchObject(expected);
});
