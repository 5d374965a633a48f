/**
 * `npm run bench -- light`: the delay from the end of a window to its light on the page, in headless Chromium, with the
 * stages between. Runner, browser and this process share the processors. Options: `--runner embedded`, `--windows 200`,
 * `--window 1` (length in s), `--rate 1000`, `--slow 5` (prints the slowest windows).
 */
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { measureLight, type LightRun, type Moments } from "./measure/light.js";
import { figureLine, quantile } from "./measure/report.js";

const { values } = parseArgs({
  options: {
    runner: { type: "string", default: "embedded,flink" },
    windows: { type: "string", default: "200" },
    window: { type: "string", default: "1" },
    rate: { type: "string", default: "1000" },
    slow: { type: "string", default: "0" },
  },
});
const targetMs = 250;
const quantiles = { p50: 0.5, p95: 0.95, p99: 0.99, worst: 1 };

const stages: [name: string, from: keyof Moments, to: keyof Moments][] = [
  ["end of the window to its message", "end", "emitted"],
  ["message to Kafka", "emitted", "written"],
  ["message to the bridge", "emitted", "judged"],
  ["judgement to the page", "judged", "received"],
  ["judgement in the page to the light", "received", "changed"],
  ["light to the next painted frame", "changed", "painted"],
  ["end of the window to its light, painted", "end", "painted"],
];

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`);
console.log("the hits of every window are the same in the message, on the socket and on the page\n");
for (const runner of values.runner.split(",")) await printRun(runner as LightRun["runner"]);

async function printRun(runner: LightRun["runner"]): Promise<void> {
  const [windows, windowMs, rateHz] = [
    Number(values.windows),
    1000 * Number(values.window),
    Number(values.rate),
  ];
  const moments = await measureLight({ runner, windowMs, rateHz, windows });
  const load = loadavg()[0]?.toFixed(1);
  const corrected = moments.filter(({ versions }) => versions > 1).length;
  console.log(
    `${runner}: ${windows} windows of ${windowMs / 1000} s, ${corrected} corrected, ${rateHz} rows/s, load ${load}`,
  );
  for (const [name, from, to] of stages) {
    const delays = delaysOf(moments, from, to);
    if (delays.length === 0) continue;
    const words = Object.entries(quantiles).map(([label, q]) => `${label} ${quantile(delays, q)} ms`);
    console.log(`  ${name.padEnd(40)} ${words.join(", ")}`);
  }
  const value = quantile(delaysOf(moments, "end", "painted"), 0.99);
  console.log(
    figureLine({
      name: `${runner}, end of a window to its light, p99`,
      ...{ value, unit: "ms", target: targetMs, better: "less" },
    }),
  );
  printSlowest(moments);
}

function printSlowest(moments: readonly Moments[]): void {
  const slowest = moments.toSorted((a, b) => b.painted - b.end - (a.painted - a.end));
  for (const { id, end, versions, ...later } of slowest.slice(0, Number(values.slow))) {
    const known = Object.entries(later).filter(([, ms]) => !Number.isNaN(ms));
    const words = known.map(([name, ms]) => `${name} ${ms - end}`);
    const version = versions > 1 ? `, ${versions} versions` : "";
    console.log(`  window ${id}, end ${new Date(end).toISOString()}${version}: ${words.join(", ")}`);
  }
}

/** Ascending, without windows that lack one of the moments. */
function delaysOf(moments: readonly Moments[], from: keyof Moments, to: keyof Moments): number[] {
  return moments
    .map((one) => one[to] - one[from])
    .filter((ms) => !Number.isNaN(ms))
    .sort((a, b) => a - b);
}
