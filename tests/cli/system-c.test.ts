/** `process --system-c`: JSON rows in, the earlier system's JSON out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../helpers/scratch.js";
import { withoutEmittedMs } from "../reference/compare.js";
import { decodeFile } from "../reference/decode.js";
import { encodeJsonLines } from "../reference/encode.js";
import { detectorWindowOf } from "../reference/place.js";
import { systemCOf } from "../reference/system-c.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const example = new URL("../golden/examples/few-rows.txt", import.meta.url);
const { rows } = decodeFile(readFileSync(example), "csv");

it("reads JSON rows and writes windows in the form of system C, in addition to the usual messages", async () => {
  const input = scratch.write("rows.jsonl", encodeJsonLines(rows));
  const args = ["process", "--input", input, "--system-c", "results.jsonl"];
  const { code, stdout } = await runCli(args, { folder: scratch.path });
  expect(code).toBe(0);
  const plain = await runCli(["process", "--input", input], { folder: scratch.path });
  const linesOf = (text: string): string[] => text.trimEnd().split("\n").map(withoutEmittedMs);
  expect(linesOf(stdout)).toEqual(linesOf(plain.stdout));
  const results = readFileSync(join(scratch.path, "results.jsonl"), "utf8").trimEnd().split("\n");
  const ids = [...new Set(rows.map((row) => detectorWindowOf(row, 5000)))].sort((a, b) => a - b);
  expect(results.map((line) => JSON.parse(line) as unknown)).toEqual(
    ids.map((id) =>
      systemCOf(
        rows.filter((row) => detectorWindowOf(row, 5000) === id),
        id * 5000,
      ),
    ),
  );
});

it("uses the bins of the detector file", async () => {
  const axis = "{ lower: 0, upper: 128, step: 64 }";
  const detector = scratch.write(
    "bins.yaml",
    `system-c: { channels: ${axis}, orbits: ${axis}, drift-time-ns: { lower: 0, upper: 400, step: 100 } }`,
  );
  const args = [
    "process",
    "--input",
    example.pathname,
    "--system-c",
    "-",
    "--output",
    "/dev/null",
    "--detector",
    detector,
  ];
  const { code, stdout } = await runCli(args, { folder: scratch.path });
  expect(code).toBe(0);
  const [first] = stdout.split("\n");
  expect(JSON.parse(first!)).toMatchObject({
    Chamber_1: { Hist_1: { Bins: [0, 64] }, Hist_4: { Bins: [0, 100, 200, 300] } },
  });
});

it.each([
  ["{ lower: 5, upper: 5, step: 1 }", "channels: upper must be above lower"],
  ["{ lower: 0, upper: 5000, step: 1 }", "channels: must not have more than 1000 bins"],
  ["{ lower: 0, upper: 5, step: 0 }", "step: must be a number from 0.001 to 4294967296, not 0"],
])("the bins %s are rejected", async (axis, message) => {
  const usual = "{ lower: 0, upper: 10, step: 1 }";
  const text = `system-c:\n  channels: ${axis}\n  orbits: ${usual}\n  drift-time-ns: ${usual}\n`;
  const args = ["process", "--input", example.pathname, "--detector", scratch.write("wrong.yaml", text)];
  expect(await runCli(args)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`wrong.yaml:2: ${message}`),
  });
});
