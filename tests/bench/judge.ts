/**
 * `npm run bench -- judge`: the power of the goodness of fit, how long a window is judged, and the tail of false alarms of each
 * physics rule in good data. `--windows 17280` takes a day of good data instead of 1500 windows,
 * `--no-power` leaves the first table out.
 *
 * The kernel test of the field (arXiv 2303.05413) needs minutes for a batch; our toy study of it found 1, 1, 0.75, 1, 0.20 and 1 of
 * edge 3 %, 8 %, t0 -3, -6 ns, noise 2 and 6 % in batches of 500 at 5 %.
 */
import { cpus } from "node:os";
import { nullOf } from "../../dashboard/bridge/quality/goodness/null-batches.js";
import { QualityJudge } from "../../dashboard/bridge/quality/index.js";
import { referenceOf, sumWindows } from "../../dashboard/bridge/monitor/sums.js";
import type { Reference } from "../../pipeline/model/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { falseAlarms, interval, powerFaults, powerTable } from "./measure/power.js";
import { RuleTails } from "./measure/rule-tails.js";

const asked = process.argv.indexOf("--windows");
const windows = asked < 0 ? 1500 : Number(process.argv[asked + 1]);
const sizes = [250, 500, 1000];
const [nullBatches, batches] = [400, 150];

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}\n`);
if (!process.argv.includes("--no-power")) printPower();
await printJudging();

function printPower(): void {
  console.log(
    `Found at ${100 * falseAlarms} % false alarms (threshold from ${nullBatches} good batches; ${batches} batches each; 95 % interval)\n`,
  );
  const rows = powerTable(sizes, nullBatches, batches);
  console.log(`| batch | test | ${powerFaults.map(([name]) => name).join(" | ")} |`);
  console.log(`|${" --- |".repeat(powerFaults.length + 2)}`);
  for (const size of sizes) {
    const ofSize = rows.filter((row) => row.size === size);
    for (const test of new Set(ofSize.map((row) => row.test))) {
      const cells = ofSize
        .filter((row) => row.test === test)
        .map(({ found, batches: n }) => {
          const [low, high] = interval(found, n);
          return `${(found / n).toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
        });
      console.log(`| ${[size, test, ...cells].join(" | ")} |`);
    }
  }
}

async function printJudging(): Promise<void> {
  const reference = goodReference();
  const tails = new RuleTails();
  const judge = new QualityJudge({ onReading: (key, reading, z) => tails.take(key, reading, z) });
  judge.setReference({ id: "r", reference });
  const stream = new SimulatedWindows({ seed: 31 });
  const times: number[] = [];
  const alarms = new Set<string>();
  for (let i = 0; i < windows; i += 1) {
    const message = stream.next();
    // Time of the processor, not of the clock: others may use the machine.
    const began = process.cpuUsage();
    const { findings } = judge.takeWindow(message, message.window.end_ms);
    const { user, system } = process.cpuUsage(began);
    times.push((user + system) / 1000);
    for (const { key, state } of findings) if (state === "warning" || state === "bad") alarms.add(key);
    // Signals are heard between windows.
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  times.sort((a, b) => a - b);
  const at = (part: number): string => (times[Math.floor(part * times.length)] ?? 0).toFixed(2);
  const sum = times.reduce((all, ms) => all + ms, 0);
  console.log(
    `\nOne window with all rules and a reference: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, ${Math.round((1000 * times.length) / sum)} windows/s`,
  );
  console.log(
    `\nFalse alarms in ${windows} good windows at 1000 rows/s: ${alarms.size === 0 ? "none" : [...alarms].join(", ")}\n`,
  );
  console.log(tails.table(windows));
}

function goodReference(): Reference {
  const good = new SimulatedWindows({ seed: 30 }).take(120);
  const sum = sumWindows(good);
  if (sum === null) throw new Error("no window");
  const goodness = nullOf(good, sum.segment_chamber);
  return { ...referenceOf(sum, "good", "bench", 0), ...(goodness !== undefined && { goodness }) };
}
