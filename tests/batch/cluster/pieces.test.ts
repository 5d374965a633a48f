/** A job on a cluster gives the same output as the direct runner, whatever its pieces, retries and faults. */
import { appendFileSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { messagesFolder } from "../../../pipeline/beam/index.js";
import { defaultPipelineConfig, packRecords, type PipelineConfig } from "../../../pipeline/steps/index.js";
import { fullTimeRange, type RawRecord, type WindowMessage } from "../../../pipeline/model/index.js";
import { Simulator } from "../../../producer/index.js";
import { StagingFile } from "../../../runners/batch/cluster/staging.js";
import { runBounded } from "../../../runners/batch/direct/bounded-run.js";
import { pairsIn, examplesFolder, validFolder } from "../../golden/pairs.js";
import { scratchFolder } from "../../helpers/scratch.js";
import { withoutEmittedMs } from "../../reference/compare.js";
import { boundedRun, type Outcome } from "../direct/bounded-run.js";
import { runPieces, type PiecesOptions, type PiecesOutcome } from "./run-pieces.js";

const scratch = scratchFolder();
const config: PipelineConfig = { ...defaultPipelineConfig, time: "detector", windowMs: 1000, orbitShards: 3 };
const parent = scratch.folder("runs");
const simulator = new Simulator({ seed: 11, rateHz: 10_000 });
simulator.setFaults({ garbage: 0.01 });
const rows = simulator.next(60_000).bytes;

const inPieces = (path: string, options: Partial<PiecesOptions> = {}): Promise<PiecesOutcome> =>
  runPieces(path, { parent, config, pieceBytes: 100_000, ...options });

/** Everything a user sees of a run, as text. */
function seen({ lines, ledger, windows, unreadable, sources }: Outcome | PiecesOutcome): string {
  return JSON.stringify({ lines, ledger, windows, unreadable, ...(sources && { sources }) });
}

describe("a bounded job gives the direct runner's bytes", () => {
  const pairs = [...pairsIn(examplesFolder), ...pairsIn(validFolder)];
  it.each(pairs.map(({ name, path }) => [name, path]))("of %s", async (_, path) => {
    const [direct, pieces] = [await boundedRun(path), await inPieces(path, { pieceBytes: 64 })];
    expect(seen(pieces)).toBe(seen(direct));
  });

  it("for the simulator's rows, plain and compressed, read in many pieces", async () => {
    const folder = scratch.folder("parts");
    const cut = rows.indexOf(10, rows.length / 2) + 1;
    writeFileSync(join(folder, "a.csv"), rows.subarray(0, cut));
    writeFileSync(join(folder, "b.csv.gz"), gzipSync(rows.subarray(cut)));
    const pieces = await inPieces(folder);
    expect(pieces.pieces.length).toBeGreaterThan(10);
    expect(seen(pieces)).toBe(seen(await boundedRun(folder)));
  });

  it("for standard input", async () => {
    const stdin = (): Readable => Readable.from([rows]);
    expect(seen(await inPieces("-", { stdin: stdin() }))).toBe(
      seen(await boundedRun("-", { stdin: stdin() })),
    );
  });

  it("when all its work is done three times", async () => {
    const path = scratch.write("again.csv", rows);
    expect(seen(await inPieces(path, { attempts: 3 }))).toBe(seen(await boundedRun(path)));
  });

  it("when a failed attempt has left half a file of messages", async () => {
    const path = scratch.write("half.csv", rows);
    const afterwards = ({ shared }: { shared: string }): void =>
      writeFileSync(join(messagesFolder(shared), "broken.part"), '{"windowStartMs":0,"by');
    expect(seen(await inPieces(path, { afterwards }))).toBe(seen(await boundedRun(path)));
  });

  it("for a file that grows during the run, up to its size at the start", async () => {
    const path = scratch.write("growing.csv", rows);
    const direct = await boundedRun(path);
    const pieces = await inPieces(path, { meanwhile: () => appendFileSync(path, rows) });
    expect(seen(pieces)).toBe(seen(direct));
  });

  it("and leaves no files", () => expect(readdirSync(parent)).toEqual([]));
});

describe("a file that has changed", () => {
  it("that vanished before it was read is named; the other files are read", async () => {
    const folder = scratch.folder("vanishing");
    const gone = join(folder, "gone.csv");
    writeFileSync(gone, rows);
    writeFileSync(join(folder, "there.csv"), rows);
    const run = await inPieces(folder, { meanwhile: () => rmSync(gone) });
    const other = await boundedRun(join(folder, "there.csv"));
    expect(run.lines).toEqual(other.lines);
    expect(run.unreadable).toEqual([gone]);
    expect(run.complaints).toEqual([`${gone}: vanished while it was read`]);
  });

  it("that was truncated is named", async () => {
    const path = scratch.write("cut.csv", rows);
    const run = await inPieces(path, { meanwhile: () => truncateSync(path, 1000) });
    expect(run.complaints).toEqual([`${path}: was truncated while it was read`]);
    expect([run.unreadable, run.ledger.rows]).toEqual([[path], 0]);
  });

  it("that was replaced by a file of the same size is named", async () => {
    const path = scratch.write("replaced.csv", rows);
    const run = await inPieces(path, { meanwhile: () => utimesSync(path, 1, 1) });
    expect(run.complaints).toEqual([`${path}: was changed while it was read`]);
  });

  it.each([
    ["longer", Buffer.concat([rows.subarray(rows.indexOf(10) + 1), rows])],
    ["longer file with the same beginning", Buffer.concat([rows.subarray(0, -2), Buffer.from("9\n"), rows])],
  ])("that was replaced in place by a %s is named", async (_, other) => {
    const path = scratch.write("longer.csv", rows);
    const run = await inPieces(path, { meanwhile: () => writeFileSync(path, other) });
    expect(run.complaints).toEqual([`${path}: was changed while it was read`]);
    expect(run.unreadable).toEqual([path]);
  });

  it("that vanishes between two attempts ends in one error, and nothing is written", async () => {
    const path = scratch.write("later.csv", rows);
    const afterwards = (): void => rmSync(path, { force: true });
    await expect(inPieces(path, { attempts: 2, afterwards })).rejects.toThrow(
      `${path}: vanished while it was read: no output written`,
    );
  });

  it("whose compressed content is truncated gives the rows before the break, as on the direct runner", async () => {
    const path = scratch.write("torn.csv.gz", gzipSync(rows).subarray(0, 100_000));
    const [run, direct] = [await inPieces(path), await boundedRun(path)];
    expect(seen(run)).toBe(seen(direct));
    expect(run.complaints).toEqual(direct.complaints);
    expect(run.ledger.rows).toBeGreaterThan(1000);
  });
});

describe("records of a topic", () => {
  const encoder = new TextEncoder();
  const records = Array.from({ length: 600 }, (_, i): RawRecord => {
    const from = rows.indexOf(10, Math.floor((i / 600) * rows.length)) + 1;
    const to = rows.indexOf(10, Math.floor(((i + 1) / 600) * rows.length)) + 1;
    return {
      key: i % 7 === 0 ? null : encoder.encode(`m1:sim:1:${i % 4}:${Math.floor(i / 4)}`),
      value: i % 50 === 0 ? new Uint8Array(0) : rows.subarray(from, to || rows.length),
      timestampMs: 1_700_000_000_000 + i * 13,
      partition: i % 4,
    };
  });
  const malformedAlone: RawRecord = {
    key: null,
    value: encoder.encode("not a row\n"),
    timestampMs: 1_700_000_900_000,
    partition: 0,
  };
  const all = [...records, malformedAlone];
  const span = { ...fullTimeRange, wholeToMs: 1_700_000_007_000 };

  const drafts: PiecesOptions["drafts"] = (folder) => {
    const file = new StagingFile(folder.staged, "topic", "topic data_raw");
    for (let at = 0; at < all.length; at += 100) file.add(packRecords(all.slice(at, at + 100)), "records");
    file.close();
    return Promise.resolve(file.pieces);
  };

  it.each(["arrival", "detector"] as const)("give the direct runner's bytes in %s time", async (time) => {
    const lines: string[] = [];
    const direct = await runBounded({
      config: { ...config, time },
      inputs: [],
      packs: [packRecords(all.slice(0, 250)), packRecords(all.slice(250))],
      span,
      stdin: Readable.from([]),
      output: ({ json }) => {
        lines.push(withoutEmittedMs(json));
        return Promise.resolve();
      },
      complain: () => undefined,
    });
    const run = await inPieces("", { drafts, span, config: { ...config, time } });
    expect(seen(run)).toBe(seen({ ...direct, lines, complaints: [] }));
    expect(run.sources?.map(({ partition }) => partition)).toEqual([0, 1, 2, 3]);
    expect(run.windows).toBeGreaterThan(3);
    const messages = run.lines.map((line) => JSON.parse(line) as WindowMessage);
    for (const { window, partial } of messages) expect(partial).toBe(window.end_ms > span.wholeToMs);
    expect(messages.some(({ partial }) => partial)).toBe(time === "arrival");
    // Malformed rows alone create no window.
    expect(run.lines.at(-1)).not.toContain("1700000900000");
  });
});
