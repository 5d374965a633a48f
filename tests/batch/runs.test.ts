/** Run numbers of bounded runs: windows and their order, on all runners, however the rows are cut. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { defaultPipelineConfig, type PipelineConfig } from "../../pipeline/steps/index.js";
import { runMarker, type WindowMessage } from "../../pipeline/model/index.js";
import { DirectHalves } from "../../pipeline/beam/index.js";
import type { Partial } from "../../pipeline/steps/index.js";
import { runCli } from "../cli/run-cli.js";
import { scratchFolder } from "../helpers/scratch.js";
import { bytesOf, hitWord, markedBlocks, someHits } from "../producer/layouts/words.js";
import { validateLine } from "../reference/validate-message.js";
import { runPieces } from "./cluster/run-pieces.js";
import { boundedRun } from "./direct/bounded-run.js";

const scratch = scratchFolder();
const config: PipelineConfig = { ...defaultPipelineConfig, time: "detector", windowMs: 1000 };

const messagesOf = (lines: readonly string[]): WindowMessage[] =>
  lines.map((line) => JSON.parse(line) as WindowMessage);
const facts = (lines: readonly string[]): (number | undefined)[][] =>
  messagesOf(lines).map(({ run, msg_ID, hit_count }) => [run, msg_ID, hit_count]);
const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");

/** A second has 11 223 orbits. */
const secondOrbits = 11_224;

describe("files of several runs", () => {
  // Run 592 is listed before 591, which has two files; all have the same orbits. The last file has no run number.
  const folder = scratch.folder("runs");
  writeFileSync(join(folder, "a.dat"), bytesOf(markedBlocks(592, someHits(300, 10))));
  writeFileSync(join(folder, "b.dat"), bytesOf(markedBlocks(591, someHits(200, secondOrbits))));
  writeFileSync(join(folder, "c.dat.gz"), gzipSync(bytesOf(markedBlocks(591, someHits(129, 10)))));
  writeFileSync(join(folder, "d.dat"), bytesOf(someHits(70, 10)));
  const expected = [
    [undefined, 0, 70],
    [591, 0, 129],
    [591, 1, 200],
    [592, 0, 300],
  ];

  it("have windows ordered by run, then by window", async () => {
    const { lines, ledger, complaints } = await boundedRun(folder, { layout: "padova-dat" });
    expect([facts(lines), ledger.hits, complaints]).toEqual([expected, 699, []]);
    for (const line of lines) expect(validateLine(`${line.slice(0, -1)},"emitted_ms":1}`)).toEqual([]);
  });

  it.each([64, 5000, 1 << 20])(
    "have the same windows on a cluster, in pieces of %s bytes",
    async (pieceBytes) => {
      const options = { parent: scratch.folder("parts"), config, pieceBytes, layout: "padova-dat" };
      const pieces = await runPieces(folder, { ...options, attempts: pieceBytes === 5000 ? 2 : 1 });
      expect(facts(pieces.lines)).toEqual(expected);
      expect(pieces.lines).toEqual((await boundedRun(folder, { layout: "padova-dat" })).lines);
    },
  );

  it("get the number given by --run if they name none", async () => {
    const args = ["process", "--input", folder, "--layout", "padova-dat", "--window", "1", "--run", "7"];
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stderr.split("\n").length]).toEqual([0, 2]);
    expect(facts(linesOf(stdout))).toEqual([[7, 0, 70], ...expected.slice(1)]);
  });

  it("have their segments in their own windows, with the run number", async () => {
    const muons = join(scratch.folder("muons"), "muons.jsonl");
    // A straight track through the four layers of chamber 0, and the scintillator.
    const track = [0, 1, 2, 3].map((channel) => hitWord(0, channel, 77, 100 + channel, 5));
    const words = [...track, hitWord(1, 128, 77, 98, 1)];
    const tracks = scratch.folder("tracks");
    for (const run of [9, 8]) writeFileSync(join(tracks, `${run}.dat`), bytesOf(markedBlocks(run, words)));
    const args = ["process", "--input", tracks, "--layout", "padova-dat", "--muons", muons, "--output", "-"];
    const { code, stdout } = await runCli(args);
    const counts = messagesOf(linesOf(stdout)).map(
      ({ segment_chamber: segments }) => segments?.["0"]?.count ?? 0,
    );
    const runs = linesOf(readFileSync(muons, "utf8")).map(
      (line) => (JSON.parse(line) as { run: number }).run,
    );
    expect([code, runs.length > 0]).toEqual([0, true]);
    expect(runs).toEqual(counts.flatMap((count, i) => Array.from({ length: count }, () => [8, 9][i])));
  });

  it("are judged separately", async () => {
    const verdicts = join(scratch.folder("verdicts"), "verdicts.jsonl");
    const args = [
      "process",
      "--input",
      folder,
      "--layout",
      "padova-dat",
      "--window",
      "1",
      "--output",
      "/dev/null",
    ];
    const { code, stderr } = await runCli([
      ...args,
      "--judge",
      verdicts,
      "--judge-summary",
      `${verdicts}.json`,
    ]);
    const summaries = linesOf(readFileSync(`${verdicts}.json`, "utf8")).map(
      (line) => JSON.parse(line) as object,
    );
    expect([code, summaries.length]).toEqual([0, 3]);
    expect(summaries.slice(1)).toMatchObject([
      { run: 591, windows: 2, hits: 329 },
      { run: 592, windows: 1, hits: 300 },
    ]);
    expect(stderr).toMatch(/run 591: [\s\S]*run 592: /);
    const lines = linesOf(readFileSync(verdicts, "utf8")).map(
      (line) => (JSON.parse(line) as { run?: number }).run,
    );
    expect(new Set(lines)).toEqual(new Set([undefined, 591, 592]));
  });
});

it("a run that is cut into many bundles keeps its number", async () => {
  // 100 000 rows are more than 2 MB of text, twice the smallest bundle.
  const hits = someHits(100_000, 10);
  const path = scratch.write(
    "large.dat",
    bytesOf([...markedBlocks(3, hits), ...markedBlocks(4, someHits(10, 10))]),
  );
  const { lines, ledger } = await boundedRun(path, {
    layout: "padova-dat",
    bundleBytes: 1,
    config: { ...config, muons: false },
  });
  const runs = new Map<number | undefined, number>();
  for (const { run, hit_count } of messagesOf(lines)) runs.set(run, (runs.get(run) ?? 0) + hit_count);
  expect([...runs]).toEqual([
    [3, 100_000],
    [4, 10],
  ]);
  expect(ledger.rows).toBe(100_010);
});

it("text in the project's own columns is never split into runs, whatever its orbits", async () => {
  const path = scratch.write("falls.csv", `2,0,1,5000000,1,1\nHEAD,run,9\n2,0,1,5,1,1\n`);
  expect(facts((await boundedRun(path)).lines)).toEqual([
    [undefined, 0, 1],
    [undefined, 445, 1],
  ]);
});

describe("values of a topic", () => {
  const records = (values: readonly (string | Buffer)[]) =>
    values.map((value) => ({ key: null, value: Buffer.from(value), timestampMs: 1000, partition: 0 }));
  const windowsOf = async (values: readonly (string | Buffer)[], change: object = {}) => {
    const own: PipelineConfig = { ...config, ...change };
    const partials: Partial[] = [];
    const halves = new DirectHalves(own);
    await halves.accumulate(records(values), (partial) => partials.push(partial));
    const made = await halves.merge(partials.filter(({ windowStartMs }) => windowStartMs >= 0));
    return facts(made.map(({ json }) => json));
  };
  const row = "2,0,1,5,1,1\n";

  it("belong to the run that they name; a value without a run marker belongs to none", async () => {
    const values = [`${runMarker(5)}${row}`, row, `${row}${runMarker(6)}${row}${row}`, `[{"HEAD":2}]`, ""];
    expect(await windowsOf(values)).toEqual([
      [undefined, 0, 2],
      [5, 0, 1],
      [6, 0, 2],
    ]);
  });

  it("give one window with the largest run number in arrival time", async () => {
    const values = [`${runMarker(6)}${row}`, `${runMarker(5)}${row}`, row];
    expect(await windowsOf(values, { time: "arrival" })).toEqual([[6, 1, 3]]);
  });

  it("may be messages of the DAQ; their words with another HEAD are not rows", async () => {
    const message = (run: number, count: number): Buffer =>
      bytesOf([BigInt(run), ...someHits(count, 10), 0x5555555555555555n]);
    const values = [message(592, 100), message(591, 127), bytesOf(someHits(3, 10)), Buffer.from([1, 2, 3])];
    for (const format of ["dma", "dma:v1", "dma:v2"] as const)
      expect(await windowsOf(values, { format })).toEqual([
        [undefined, 0, 3],
        [591, 0, 127],
        [592, 0, 100],
      ]);
    expect(await windowsOf(values, { format: "dma", time: "arrival" })).toEqual([[592, 1, 230]]);
  });
});
