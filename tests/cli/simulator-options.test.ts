/** The simulator with the options of `up`, `beat` and `produce`. */
import { expect, it } from "vitest";
import { chooseSource, type SourceOptions } from "../../runners/cli/source-options.js";
import { contextOf, runCli } from "./run-cli.js";

const base: SourceOptions = {
  source: "simulator",
  layout: "padova-2021",
  skipBlocks: 0,
  follow: false,
  loop: false,
  rate: 1000,
  rowsPerMessage: 10,
  seed: 1,
  telescope: "clean",
  wordsAhead: false,
  s3PathStyle: "auto",
  s3Anonymous: false,
};
const choose = (more: Partial<SourceOptions>) => chooseSource({ ...base, ...more }, contextOf());

it("has the faults of --fault from its first row on", async () => {
  const { rows } = await choose({ fault: ["no_words", "chamber_loss,chamber=1,strength=0"] });
  expect(rows.faults?.detector).toEqual([
    { kind: "no_words" },
    { kind: "chamber_loss", chamber: 1, strength: 0 },
  ]);
  const block = await rows.next(500);
  const lines = Buffer.from(block!.bytes).toString().trim().split("\n");
  expect(lines.length).toBeGreaterThan(100);
  // Chamber 1 has channels 64-127 of FPGA 0.
  for (const line of lines) expect(line).toMatch(/^2,(0,(\d|[1-5]\d|6[0-3])|1,\d+),/);
});

it("has the quality set by --telescope", async () => {
  const hitsOf = async (telescope: SourceOptions["telescope"]) => {
    const { rows } = await choose({ telescope });
    const lines = Buffer.from((await rows.next(5000))!.bytes)
      .toString()
      .split("\n");
    return lines.filter((line) => line.startsWith("2,1,128,")).length;
  };
  // If most hits are noise, the same number of rows contains far fewer muons.
  expect(await hitsOf("legnaro-real")).toBeLessThan(0.4 * (await hitsOf("clean")));
});

it("refuses a wrong fault in one line, and any fault for another source", async () => {
  const wrong = await runCli(["produce", "--source", "simulator", "--fault", "layer_loss,chamber=9"]);
  expect(wrong).toMatchObject({ code: 2, stdout: "" });
  expect(wrong.stderr).toMatch(/^.*layer_loss.chamber must be an integer 0..3, not 9.*\n$/);
  const ofFile = await runCli(["produce", "--input", "rows.txt", "--fault", "rate"]);
  expect(ofFile).toMatchObject({ code: 2, stdout: "" });
  expect(ofFile.stderr).toContain("--fault needs --source simulator");
});
