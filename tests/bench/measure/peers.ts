/** Other engines on the same rows: their time, and whether their answer equals ours. */
import { spawn } from "node:child_process";
import { createReadStream, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { WindowMessage } from "../../../pipeline/model/index.js";
import { repositoryFolder } from "../../../runners/paths.js";

export const peers = ["duckdb", "polars"] as const;
type Peer = (typeof peers)[number];

const python = process.env["MUONITOR_PYTHON"] ?? "python3";
const cells = 64;

/** @throws Error when Python or one of the engines is missing */
export async function peerVersions(): Promise<string> {
  const program =
    "import duckdb, polars; print('DuckDB', duckdb.__version__ + ', Polars', polars.__version__)";
  return (await runPython(["-c", program])).trim();
}

/** @returns wall time of the command, s */
export async function measurePeer(peer: Peer, rows: string, folder: string): Promise<number> {
  const output = join(folder, peer);
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output);
  const began = performance.now();
  await runPython([join(repositoryFolder, "tests/bench/peers", `${peer}_windows.py`), rows, output]);
  return (performance.now() - began) / 1000;
}

/** @returns standard output. @throws Error when a package is missing or the program fails */
export async function runPython(args: readonly string[]): Promise<string> {
  const child = spawn(python, args, { stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (chunk: Buffer) => (output[name] += chunk.toString()));
  const code = await new Promise<number | Error>((resolve) => {
    child.once("close", resolve);
    child.once("error", resolve);
  });
  if (code !== 0)
    throw new Error(
      `${python} failed; it needs duckdb, polars and pyspark: ${output.stderr || String(code)}`,
    );
  return output.stdout;
}

/** Content of one window and chamber, as computed by the engines. */
interface ChamberContent {
  hits: number[];
  withSignal: number[];
  /** Underflow, bins, overflow. */
  drift: number[];
  orbits: readonly number[];
  active: readonly number[];
}

/** @throws Error when the engine's answer differs from the messages */
export async function comparePeer(peer: Peer, folder: string, messages: string): Promise<void> {
  const content = await readContent(join(folder, peer));
  let windows = 0;
  for await (const line of createInterface(createReadStream(messages))) {
    const message = JSON.parse(line) as WindowMessage;
    const window = content.get(message.msg_ID);
    if (message.hit_count === 0 && window === undefined) continue;
    windows += 1;
    const theirs = window === undefined ? "nothing" : JSON.stringify(contentOf(window, message));
    if (theirs !== JSON.stringify(contentOfMessage(message)))
      throw new Error(`wrong answer: window ${message.msg_ID} of ${peer} differs`);
  }
  if (windows !== content.size)
    throw new Error(`wrong answer: ${peer} has ${content.size} windows, not ${windows}`);
}

interface WindowContent {
  chambers: ChamberContent[];
  orbits: number;
  withSignal: number;
}

async function readContent(folder: string): Promise<Map<number, WindowContent>> {
  const windows = new Map<number, WindowContent>();
  const windowOf = ({ w }: { w: number }): WindowContent => {
    const held = windows.get(w) ?? {
      chambers: Array.from({ length: 4 }, noContent),
      orbits: 0,
      withSignal: 0,
    };
    windows.set(w, held);
    return held;
  };
  const chamberOf = (row: { w: number; chamber: number }): ChamberContent =>
    windowOf(row).chambers[row.chamber] as ChamberContent;
  for await (const row of rowsOf<ChannelRow>(join(folder, "channels.json"))) {
    chamberOf(row).hits[row.k] = row.hits;
    chamberOf(row).withSignal[row.k] = row.with_signal;
  }
  for await (const row of rowsOf<DriftRow>(join(folder, "drift.json")))
    chamberOf(row).drift[row.bin + 1] = row.hits;
  for await (const row of rowsOf<OrbitsRow>(join(folder, "orbits.json")))
    Object.assign(chamberOf(row), { orbits: row.orbits, active: row.active });
  for await (const row of rowsOf<WindowRow>(join(folder, "windows.json")))
    Object.assign(windowOf(row), { orbits: row.orbits, withSignal: row.with_signal });
  return windows;
}

interface ChannelRow {
  w: number;
  chamber: number;
  k: number;
  hits: number;
  with_signal: number;
}
interface DriftRow {
  w: number;
  chamber: number;
  bin: number;
  hits: number;
}
interface OrbitsRow {
  w: number;
  chamber: number;
  orbits: number[];
  active: number[];
}
interface WindowRow {
  w: number;
  orbits: number;
  with_signal: number;
}

async function* rowsOf<Row>(path: string): AsyncGenerator<Row> {
  for await (const line of createInterface(createReadStream(path))) yield JSON.parse(line) as Row;
}

const noContent = (): ChamberContent => ({
  hits: new Array<number>(cells).fill(0),
  withSignal: new Array<number>(cells).fill(0),
  drift: new Array<number>(102).fill(0),
  orbits: [],
  active: [],
});

/** The engine's content, with orbits in the ranges of the message. */
function contentOf(window: WindowContent, message: WindowMessage): unknown[] {
  const chambers = window.chambers.map(({ hits, withSignal, drift, orbits, active }, chamber) => {
    const perBin = message.active_tdc_chamber[String(chamber)]?.orbits_per_bin ?? 1;
    const multiplicity = new Array<number>(cells + 1).fill(0);
    for (const count of active) multiplicity[count] = (multiplicity[count] ?? 0) + 1;
    return [hits, withSignal, drift, ...ranged(orbits, active, perBin), multiplicity];
  });
  return [...chambers, window.orbits, window.withSignal];
}

function ranged(orbits: readonly number[], active: readonly number[], perBin: number): [number[], number[]] {
  const sums = new Map<number, number>();
  orbits.forEach((orbit, i) => {
    const edge = Math.floor(orbit / perBin) * perBin;
    sums.set(edge, (sums.get(edge) ?? 0) + (active[i] ?? 0));
  });
  return [[...sums.keys()], [...sums.values()]];
}

function contentOfMessage(message: WindowMessage): unknown[] {
  const chambers = Object.keys(message.tdc_counts_chamber).map((chamber) => {
    const { underflow, hist_counts, overflow } = message.drift_time_chamber[chamber] ?? {};
    const active = message.active_tdc_chamber[chamber];
    return [
      message.tdc_counts_chamber[chamber]?.hist_counts,
      message.scint_tdc_counts_chamber[chamber]?.hist_counts,
      [underflow, ...(hist_counts ?? []), overflow],
      active?.bin_edges,
      active?.hist_counts,
      message.active_tdc_multiplicity_chamber[chamber],
    ];
  });
  return [...chambers, message.orbit_count, message.scint_orbit_count];
}
