/** CPU time of the layout adapters, with a check of their rows. */
import { LayoutInputs, layoutOf } from "../../../producer/layouts/index.js";
import { best, type Figure } from "./report.js";

interface Source {
  layout: string;
  bytes: Uint8Array;
  /** Sum of the orbits of the expected rows. */
  orbits: number;
}

const chunkBytes = 1 << 18;
const firstOrbit = 100_000;
const target = 1e6;

/** Rows with one hit per orbit, in every layout. */
function sources(rows: number): Source[] {
  const each = (row: (orbit: number, i: number) => string): Uint8Array =>
    Buffer.from(Array.from({ length: rows }, (_, i) => row(firstOrbit + i, i)).join(""));
  const words = new Uint8Array(Math.ceil(rows / 128) * 8 + rows * 8);
  const view = new DataView(words.buffer);
  let at = 0;
  for (let i = 0; i < rows; i += 1) {
    if (i % 128 === 0) at += 8;
    const word =
      (2n << 61n) |
      (BigInt(i % 128) << 49n) |
      (BigInt(firstOrbit + i) << 17n) |
      (BigInt(i % 3564) << 5n) |
      7n;
    view.setBigUint64(at, word, true);
    at += 8;
  }
  const orbits = rows * firstOrbit + (rows * (rows - 1)) / 2;
  const seconds = (orbit: number): string => (orbit * 89.1e-6).toFixed(6);
  const unwrapped = firstOrbit - (firstOrbit % 4096);
  const text: [string, Uint8Array][] = [
    ["padova-2019-text", each((orbit, i) => `1,${i % 2},${1 + (i % 128)},${orbit},${i % 3564},${i % 30}\n`)],
    ["padova-dat", words],
    [
      "bologna-2022",
      each(
        (orbit, i) => `_ ${seconds(orbit)} ${(orbit - unwrapped) % 4096} ${i % 239} ${i % 3564} ${i % 31}\n`,
      ),
    ],
    [
      "snd-2025",
      each(
        (orbit, i) =>
          `{"st": ${i % 2}, "ly": ${i % 4}, "wi": ${i % 16}, "bctr": ${i % 3400}, "tdc": ${i % 32}, "arrival": {"OC": ${orbit % 524288}, "BX": ${i % 3564}}}\n`,
      ),
    ],
  ];
  return text.map(([layout, bytes]) => ({ layout, bytes, orbits }));
}

export function layoutFigures(rows: number, runs = 3): Figure[] {
  return sources(rows).map(({ layout, bytes, orbits }) => ({
    name: `--layout ${layout}, one core`,
    value: best(runs, () => speedOf(layout, bytes, rows, orbits)),
    unit: "rows/s",
    target,
    better: "more" as const,
  }));
}

function speedOf(name: string, bytes: Uint8Array, rows: number, orbits: number): number {
  const layout = layoutOf(name);
  if (layout === null) throw new Error(`${name} has no adapter`);
  const input = new LayoutInputs(layout).begin("bench");
  const started = process.cpuUsage();
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    parts.push(input.push(bytes.subarray(at, at + chunkBytes)));
  parts.push(input.finish());
  const { user, system } = process.cpuUsage(started);
  const lines = Buffer.concat(parts).toString().trimEnd().split("\n");
  const sum = lines.reduce((total, line) => total + (Number(line.split(",")[3]) || 0), 0);
  if (input.rows !== rows || sum !== orbits) throw new Error(`wrong answer of ${name}: ${input.rows} rows`);
  return rows / ((user + system) / 1e6);
}
