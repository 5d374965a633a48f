/**
 * `npm run bench -- peers`: bounded runs compared with DuckDB and Polars on the same rows. These compute the content of the
 * messages without segments. Their answers are compared with ours before a time counts. It needs a Python with both packages:
 * `pip install duckdb polars`; MUONITOR_PYTHON names it, otherwise python3.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { readBenchOptions, scaled } from "./measure/bench-options.js";
import { comparePeer, measurePeer, peers, peerVersions } from "./measure/peers.js";
import { measureProcess, writeRows } from "./measure/process-run.js";
import { figureLine } from "./measure/report.js";
import { scanFile, scanFileInC, type Scan } from "./measure/scan.js";

/** By name: the rows, and their density, rows/s. */
const studies: Readonly<Record<string, { rows: number; rateHz: number }>> = {
  "many-windows": { rows: 20_000_000, rateHz: 1000 },
  "few-windows": { rows: 20_000_000, rateHz: 1_000_000 },
};
/** Printed for results below the target: profile of all threads, and optimisations tried; see infra/benchmarks/speed.md. */
const findings: Readonly<Record<string, string>> = {
  "many-windows":
    "profile: decoding 25 %, merging 13 %, garbage collection 12 %, sorting and partial results 8 %, text of messages 7 %; tried: threads started from one bundle with cached code, pipelines built once, decoding by words, messages as bytes, more memory for new objects (no gain), shared memory, insertion sort, shared text of bin edges, digits by table",
  "few-windows":
    "profile: decoding 32 %, sorting and partial results 11 %, merging 10 %, cleansing 6 %, garbage collection 5 %; tried: threads started from one bundle with cached code, pipelines built once, decoding by words, shared memory, one pass of the sort",
};
const rounds = 2;
const target = 1.5;

const options = readBenchOptions(Object.keys(studies));
const folder = mkdtempSync(join(tmpdir(), "muonitor-bench-"));
const threads = ["--threads", String(Math.min(availableParallelism(), 16))];
console.log(
  `Node ${process.version}, ${await peerVersions()}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`,
);
console.log(
  "whole commands, the best of two rounds; every figure comes from a run whose answer was checked\n",
);
try {
  for (const name of options.only) {
    const { rows, rateHz } = studies[name] as { rows: number; rateHz: number };
    await compare(name, scaled(rows, options), rateHz);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function compare(name: string, rows: number, rateHz: number): Promise<void> {
  const input = writeRows(join(folder, `${name}.csv`), rows, rateHz);
  const seconds = new Map<string, number>();
  const take = (who: string, value: number): void => {
    seconds.set(who, Math.min(value, seconds.get(who) ?? Infinity));
  };
  let windows = 0;
  let cpuSeconds = Infinity;
  for (let round = 0; round < rounds; round += 1) {
    const ours = await measureProcess(input, folder, ["--no-muons", ...threads]);
    take("ours", ours.wallSeconds);
    windows = ours.windows;
    cpuSeconds = Math.min(cpuSeconds, ours.cpuSeconds);
    for (const peer of peers) {
      take(peer, await measurePeer(peer, input.path, folder));
      await comparePeer(peer, folder, join(folder, "out.jsonl"));
    }
  }
  take("with segments", (await measureProcess(input, folder, threads)).wallSeconds);
  const scans = scansOf(input.path, rows);
  rmSync(input.path);
  console.log(`${name}: ${rows} rows, ${windows} windows`);
  for (const [who, value] of seconds) console.log(`  ${who.padEnd(16)} ${value.toFixed(2).padStart(7)} s`);
  const ours = seconds.get("ours") ?? NaN;
  for (const [language, { seconds: cpu }] of scans)
    console.log(
      `  CPU time of ours over a scan of all bytes in ${language}: ${(cpuSeconds / cpu).toFixed(1)}`,
    );
  for (const peer of peers) {
    const value = (seconds.get(peer) ?? NaN) / ours;
    console.log(
      figureLine({ name: `time of ${peer} over ours, ${name}`, value, unit: "", target, better: "more" }),
    );
    if (value < target) console.log(`  ${findings[name] ?? "not profiled"}`);
  }
}

/** By language; see scan.ts. @throws Error when a scan is wrong */
function scansOf(path: string, rows: number): Map<string, Scan> {
  const own = scanFile(path);
  const scans = new Map([["TypeScript", own]]);
  const inC = scanFileInC(path, folder);
  if (inC === null) console.log("no C compiler (cc): no scan in C");
  else scans.set("C", inC);
  for (const [language, scan] of scans)
    if (scan.rows !== rows || scan.sum !== own.sum)
      throw new Error(`wrong answer: the scan in ${language} found ${scan.rows} rows, sum ${scan.sum}`);
  return scans;
}
