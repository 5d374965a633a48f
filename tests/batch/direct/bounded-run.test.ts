/** Bounded runs: the same rows give the same bytes, for any memory limit and any input form. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { MuonitorError } from "../../../pipeline/model/index.js";
import { defaultPipelineConfig } from "../../../pipeline/steps/index.js";
import { Simulator } from "../../../producer/index.js";
import { buildNodePart } from "../../helpers/build.js";
import { scratchFolder } from "../../helpers/scratch.js";
import { withoutEmittedMs } from "../../reference/compare.js";
import { boundedRun, contentOf } from "./bounded-run.js";

const scratch = scratchFolder();
const rowCount = 180_000;
const simulator = new Simulator({ seed: 7, rateHz: 20_000 });
simulator.setFaults({ garbage: 0.001 });
/** Larger than three of the smallest bundles. */
const rows = simulator.next(rowCount).bytes;
const lineEnds = [...[0.2, 0.21, 0.7].map((part) => rows.indexOf(10, part * rows.length) + 1), rows.length];
/** The rows in files of different sizes. */
const parts = lineEnds.map((end, i) => rows.subarray(lineEnds[i - 1] ?? 0, end));

const whole = await boundedRun(scratch.write("whole.csv", rows));

describe("a run over the simulator's rows", () => {
  it("gives the simulator's known answer", () => {
    const { malformed_reasons, ...ledger } = whole.ledger;
    expect(ledger).toEqual(simulator.truth().ledger);
    expect(Object.values(malformed_reasons ?? {}).reduce((sum, count) => sum + count, 0)).toBe(
      ledger.malformed,
    );
    expect(whole.windows).toBeGreaterThan(5);
    expect(whole.lines).toHaveLength(whole.windows);
  });

  it.each([
    ["small bundles", { bundleBytes: 1 }],
    ["no memory", { memoryBytes: 1 }],
    ["small bundles and no memory", { bundleBytes: 1, memoryBytes: 1 }],
    ["memory that is full halfway", { bundleBytes: 1, memoryBytes: 300_000 }],
  ])("gives the same bytes with %s, and leaves nothing behind", async (_, limits) => {
    const temporaryFolder = scratch.folder("temporary");
    const run = await boundedRun(join(scratch.path, "whole.csv"), { ...limits, temporaryFolder });
    expect(run).toEqual(whole);
    expect(contentOf(temporaryFolder)).toEqual([]);
  });

  it("gives the same bytes from a folder of plain and compressed files", async () => {
    const folder = scratch.folder("parts");
    parts.forEach((part, i) => writeFileSync(join(folder, `${i}.csv`), part));
    expect(await boundedRun(folder)).toEqual(whole);
    parts.forEach((part, i) => writeFileSync(join(folder, `${9 - i}.txt.gz`), gzipSync(part, { level: 1 })));
    const twice = await boundedRun(folder, { bundleBytes: 1, memoryBytes: 1 });
    expect([twice.ledger.rows, twice.windows]).toEqual([2 * rowCount, whole.windows]);
  });

  it("gives the same bytes from a compressed file of several members", async () => {
    const members = Buffer.concat(parts.map((part) => gzipSync(part, { level: 1 })));
    expect(await boundedRun(scratch.write("members.csv.gz", members))).toEqual(whole);
  });

  it("gives the same bytes from standard input, in chunks of any size", async () => {
    const chunks = Array.from({ length: Math.ceil(rows.length / 7919) }, (_, i) =>
      rows.subarray(i * 7919, (i + 1) * 7919),
    );
    expect(await boundedRun("-", { stdin: Readable.from(chunks) })).toEqual(whole);
  });

  it("reports its progress, up to the end", async () => {
    const states: { bytesRead: number; rows: number; windows: number }[] = [];
    await boundedRun(join(scratch.path, "whole.csv"), {
      bundleBytes: 1,
      progress: (state) => states.push(state),
    });
    expect(states.at(-1)).toEqual({ bytesRead: rows.length, rows: rowCount, windows: whole.windows });
    expect(states.length).toBeGreaterThan(4);
  });
});

it.each([
  ["an empty file", ""],
  ["only a header", "HEAD,FPGA,TDC_CHANNEL,ORBIT_CNT,BX_COUNTER,TDC_MEAS\n"],
  ["only blank lines", "\n\r\n \t\n"],
])("%s gives no windows and no rows", async (_, content) => {
  const { windows, lines, ledger, unreadable } = await boundedRun(scratch.write("empty.csv", content));
  expect({ windows, lines, rows: ledger.rows, unreadable }).toEqual({
    windows: 0,
    lines: [],
    rows: 0,
    unreadable: [],
  });
});

describe("a run in several threads", () => {
  beforeAll(buildNodePart, 300_000);
  const path = scratch.write("threads.csv", rows);
  const small = { bundleBytes: 1, threads: 3 };

  it.each([
    ["in memory", {}],
    ["on disk", { memoryBytes: 1 }],
  ])(
    "gives the bytes of one thread with partial results %s, and leaves nothing behind",
    async (_, limits) => {
      const temporaryFolder = scratch.folder("temporary");
      expect(await boundedRun(path, { ...small, ...limits, temporaryFolder })).toEqual(whole);
      expect(contentOf(temporaryFolder)).toEqual([]);
    },
  );

  it("gives the same bytes with one thread for a small input, and for one that turns out large", async () => {
    expect(await boundedRun(path, { ownThread: true })).toEqual(whole);
    const stdin = Readable.from([rows]);
    expect(await boundedRun("-", { ...small, ownThread: true, stdin })).toEqual(whole);
  });

  it("gives the same lines when it passes on several windows at once", async () => {
    let text = "";
    const outputLines = (lines: Uint8Array): Promise<void> => {
      text += Buffer.from(lines).toString();
      return Promise.resolve();
    };
    const { windows, lines } = await boundedRun(path, { ...small, outputLines });
    expect([windows, lines]).toEqual([whole.windows, []]);
    expect(text.endsWith("\n")).toBe(true);
    expect(text.trimEnd().split("\n").map(withoutEmittedMs)).toEqual(whole.lines);
  });

  it("fails with the error of a thread", async () => {
    const segmentsFolder = join(scratch.path, "none");
    const config = { ...defaultPipelineConfig, time: "detector" as const, windowMs: 1000, segmentsFolder };
    await expect(boundedRun(path, { ...small, config })).rejects.toThrow(/ENOENT.*none/);
  });

  it("ends when it is aborted while reading", async () => {
    const abort = new AbortController();
    const reason = new MuonitorError("interrupted");
    const progress = ({ rows }: { rows: number }): void => {
      if (rows > 0) abort.abort(reason);
    };
    await expect(boundedRun(path, { ...small, progress, signal: abort.signal })).rejects.toBe(reason);
  });
});
