/** Bounded runs with broken inputs, without disk space, or interrupted by Ctrl-C. */
import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { MuonitorError } from "../../../pipeline/model/index.js";
import { Simulator } from "../../../producer/index.js";
import { createFileSource } from "../../helpers/file-source.js";
import { scratchFolder } from "../../helpers/scratch.js";
import { boundedRun, contentOf } from "./bounded-run.js";

const scratch = scratchFolder();
const row = "2,0,1,7,5,5\n";
const rows = Buffer.from(new Simulator({ seed: 3 }).next(60_000).bytes);

function faultyFolder(): string {
  const folder = scratch.folder("faulty");
  const compressed = gzipSync(rows);
  writeFileSync(join(folder, "a-whole.csv"), row);
  writeFileSync(join(folder, "b-cut.csv.gz"), compressed.subarray(0, compressed.length / 2));
  writeFileSync(join(folder, "c-damaged.csv.gz"), "this was never compressed");
  symlinkSync("nothing", join(folder, "d-dangling.csv"));
  writeFileSync(join(folder, "e-whole.csv"), row);
  return folder;
}

describe("inputs that cannot be read", () => {
  it("are named; other inputs, and rows before the fault, are counted", async () => {
    const folder = faultyFolder();
    const { complaints, unreadable, ledger } = await boundedRun(folder);
    const half = statSync(join(folder, "b-cut.csv.gz")).size;
    expect(complaints).toEqual([
      `${folder}/d-dangling.csv: no such file or directory`,
      `${folder}/b-cut.csv.gz: the gzip member at byte 0 is cut off at byte ${half}`,
      `${folder}/c-damaged.csv.gz: bytes 0 to 24 are not gzip data`,
    ]);
    expect(unreadable).toEqual([`${folder}/b-cut.csv.gz`, `${folder}/c-damaged.csv.gz`]);
    expect(ledger.malformed).toBe(0);
    expect(ledger.rows).toBeGreaterThan(10_000);
    expect(ledger.rows).toBeLessThan(60_002);
  });

  it("may break off while they are read", async () => {
    const stdin = new Readable({ read: () => undefined });
    stdin.destroy(Object.assign(new Error("the other side has gone"), { code: "ECONNRESET" }));
    const { complaints, unreadable } = await boundedRun("-", { stdin });
    expect(complaints).toEqual(["standard input: the other side has gone"]);
    expect(unreadable).toEqual(["-"]);
  });
});

describe("a gzip file with a fault", () => {
  const [one, two] = [gzipSync("2,0,1,7,5,5\n2,0,1,7,5,6"), gzipSync(row)];
  const end = one.length;
  it.each<[string, Buffer[], number, string]>([
    ["text after it", [one, Buffer.from(row)], 2, `bytes ${end} to ${end + 11} are not gzip data`],
    ["text within it", [one, Buffer.from("x"), two], 3, `bytes ${end} to ${end} are not gzip data`],
    [
      "a truncated member",
      [one.subarray(0, -12), two],
      2,
      `the gzip member at byte 0 is cut off at byte ${end - 12}`,
    ],
    [
      "no end",
      [two, one.subarray(0, -12)],
      2,
      `the gzip member at byte ${two.length} is cut off at byte ${two.length + end - 12}`,
    ],
  ])("gives its complete rows and is named: %s", async (_, parts, count, reason) => {
    const path = scratch.write("part.csv.gz", Buffer.concat(parts));
    const { complaints, unreadable, ledger } = await boundedRun(path);
    expect(complaints).toEqual([`${path}: ${reason}`]);
    expect(unreadable).toEqual([path]);
    expect(ledger).toMatchObject({ rows: count, malformed: 0 });
    const source = createFileSource({ paths: [path, scratch.write("more.csv", row)] });
    let produced = 0;
    const readAll = async (): Promise<void> => {
      for (let block = await source.next(1); block !== null; block = await source.next(1))
        produced += block.rows;
    };
    await expect(readAll()).rejects.toThrow(`${path}: ${reason}`);
    expect(produced).toBe(count + 1);
  });

  it("is read also as words of the read-out, and as JSON", async () => {
    const words = Buffer.alloc(20);
    const path = scratch.write(
      "part.dat.gz",
      Buffer.concat([gzipSync(words).subarray(0, -4), gzipSync(words)]),
    );
    expect((await boundedRun(path)).ledger).toMatchObject({ rows: 3 + 3, malformed_reasons: { length: 2 } });
    const json = '[{"HEAD":2,"FPGA":0,"TDC_CHANNEL":1,"ORBIT_CNT":7,"BX_COUNTER":5,"TDC_MEAS":5}]';
    const array = scratch.write(
      "part.json.gz",
      Buffer.concat([gzipSync(json), Buffer.from("x"), gzipSync(json)]),
    );
    expect((await boundedRun(array)).ledger).toMatchObject({ rows: 2, malformed: 0 });
  });
});

describe("a run that fails", () => {
  const path = scratch.write("rows.csv", rows);

  it("because temporary files cannot be written reports this, and blames no input", async () => {
    const temporaryFolder = join(scratch.path, "none");
    const run = boundedRun(path, { memoryBytes: 1, temporaryFolder });
    await expect(run).rejects.toThrow(MuonitorError);
    await expect(run).rejects.toThrow(
      `temporary file in ${temporaryFolder}: cannot be written: the folder does not exist`,
    );
  });

  it("while writing its output leaves no temporary file", async () => {
    const temporaryFolder = scratch.folder("temporary");
    const seen: string[][] = [];
    const output = (): Promise<void> => {
      seen.push(contentOf(temporaryFolder));
      return Promise.reject(new Error("full"));
    };
    await expect(boundedRun(path, { memoryBytes: 1, temporaryFolder, output })).rejects.toThrow("full");
    expect(seen).toEqual([[expect.stringMatching(/^muonitor-spill-/)]]);
    expect(contentOf(temporaryFolder)).toEqual([]);
  });
});

describe("an abort", () => {
  const reason = new MuonitorError("interrupted");
  const path = scratch.write("more.csv", rows);

  it("while reading ends the run and leaves no temporary file", async () => {
    const temporaryFolder = scratch.folder("temporary");
    const abort = new AbortController();
    const progress = (): void => abort.abort(reason);
    const limits = { bundleBytes: 1, memoryBytes: 1, temporaryFolder };
    await expect(boundedRun(path, { ...limits, progress, signal: abort.signal })).rejects.toBe(reason);
    expect(contentOf(temporaryFolder)).toEqual([]);
  });

  it("while writing ends the run after the current group of windows", async () => {
    const abort = new AbortController();
    let windows = 0;
    const output = (): Promise<void> => {
      windows += 1;
      abort.abort(reason);
      return Promise.resolve();
    };
    const many = Array.from({ length: 100 }, (_, i) => `2,0,1,${i * 12_000},5,5\n`).join("");
    const run = boundedRun(scratch.write("many.csv", many), { output, signal: abort.signal });
    await expect(run).rejects.toBe(reason);
    expect(windows).toBe(64);
  });

  it("does not wait for a standard input that sends nothing", async () => {
    const abort = new AbortController();
    const stdin = new Readable({
      read: () => {
        setImmediate(() => abort.abort(reason));
      },
    });
    await expect(boundedRun("-", { stdin, signal: abort.signal })).rejects.toBe(reason);
    expect(stdin.destroyed).toBe(true);
  });

  it("before the start ends the run before it reads", async () => {
    const stdin = new Readable({ read: () => expect.fail("must not read") });
    await expect(boundedRun("-", { stdin, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
