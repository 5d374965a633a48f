/** `process --muons` and `--no-muons`, and the segments that the workers of a cluster store. */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SegmentReader } from "../../pipeline/beam/index.js";
import { muonKeyNames, type MuonSegment, type WindowMessage } from "../../pipeline/model/index.js";
import { defaultPipelineConfig, type PipelineConfig } from "../../pipeline/steps/index.js";
import { Simulator } from "../../producer/index.js";
import { runPieces } from "./cluster/run-pieces.js";
import { scratchFolder } from "../helpers/scratch.js";
import { decodeFile } from "../reference/decode.js";
import { allSegmentsOf } from "../reference/muon-keys.js";
import { detectorWindowOf } from "../reference/place.js";
import { runCli } from "../cli/run-cli.js";

const scratch = scratchFolder();
const simulator = new Simulator({ seed: 3, rateHz: 4000, firstOrbit: 3_000_000_000 });
const bytes = simulator.next(12_000).bytes;
const input = scratch.write("rows.csv", bytes);
const { rows } = decodeFile(bytes, "csv");
const windows = [...new Set(rows.map((row) => detectorWindowOf(row, 1000)))].sort((a, b) => a - b);
const expected = windows.flatMap((id) =>
  allSegmentsOf(rows.filter((row) => detectorWindowOf(row, 1000) === id)),
);

async function run(...more: string[]): Promise<string> {
  const args = ["process", "--input", input, "--window", "1", ...more];
  const { code, stdout, stderr } = await runCli(args, { folder: scratch.path });
  expect(stderr).not.toMatch(/error/i);
  expect(code).toBe(0);
  return stdout;
}

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");
const read = (name: string): string[] => linesOf(readFileSync(join(scratch.path, name), "utf8"));

describe("process --muons", () => {
  it("writes every segment as JSON Lines, by window, orbit, chamber and t0", async () => {
    await run("--muons", "muons.jsonl");
    expect(expected.length).toBeGreaterThan(1000);
    expect(read("muons.jsonl").map((line) => JSON.parse(line) as unknown)).toEqual(expected);
  });

  it("writes CSV where the name ends in .csv", async () => {
    await run("--muons", "muons.csv");
    const [header, ...lines] = read("muons.csv");
    expect(header).toBe("orbit,chamber,hits,t0_ns,x_mm,tan,residual_mm,timing_ns");
    const cells = ({ cells }: MuonSegment): number => cells.filter((cell) => cell !== null).length;
    expect(lines).toEqual(
      expected.map((one) =>
        [
          ...[one.orbit, one.chamber, cells(one), one.t0_ns, one.x_mm, one.tan, one.residual_mm],
          one.timing_ns ?? "",
        ].join(","),
      ),
    );
  });

  it("writes only the header when there are no rows", async () => {
    writeFileSync(join(scratch.path, "none.csv"), "");
    const args = ["process", "--input", "none.csv", "--muons", "nothing.csv"];
    expect((await runCli(args, { folder: scratch.path })).code).toBe(0);
    expect(read("nothing.csv").length).toBe(1);
  });

  it("gives the same output from the files of several shards when all work is done twice", async () => {
    const segmentsFolder = scratch.folder("segments");
    const config: PipelineConfig = {
      ...defaultPipelineConfig,
      time: "detector",
      windowMs: 1000,
      orbitShards: 3,
      segmentsFolder,
    };
    await runPieces(input, { parent: scratch.folder("runs"), config, pieceBytes: 50_000, attempts: 2 });
    const reader = new SegmentReader(segmentsFolder, true);
    expect(windows.flatMap((id) => [...reader.segmentsOf({ windowStartMs: id * 1000, run: null })])).toEqual(
      expected,
    );
    expect(readdirSync(segmentsFolder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

it("--no-muons omits the keys of segments and changes no other key", async () => {
  const parse = (text: string): WindowMessage[] =>
    linesOf(text).map((line) => ({ ...(JSON.parse(line) as WindowMessage), emitted_ms: 0 }));
  const [whole, less] = [parse(await run()), parse(await run("--no-muons"))];
  const isNew = (key: string): boolean => (muonKeyNames as readonly string[]).includes(key);
  const withoutNew = whole.map((message) => {
    const entries = Object.entries(message);
    expect(entries.map(([key]) => key).filter(isNew)).toEqual(muonKeyNames);
    return Object.fromEntries(entries.filter(([key]) => !isNew(key)));
  });
  expect(less).toEqual(withoutNew);
});
