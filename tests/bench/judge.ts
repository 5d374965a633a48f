/**
 * `npm run bench -- judge`: the power of the goodness of fit, the time to judge a window, and the tail of false alarms of each
 * physics rule in good data, with a reference. `--windows 17280` takes a day of good data instead of 1500 windows,
 * `--no-power` omits the first table.
 *
 * The kernel test of arXiv 2303.05413 takes hundreds of times as long. In a toy study with batches of 500 and 5 % false alarms, its
 * power was 1 and 1 (edge 3 % and 8 %), 0.75 and 1 (t0 -3 and -6 ns), and 0.20 and 1 (noise 2 % and 6 %).
 */
import { cpus } from "node:os";
import { nullOf } from "../../dashboard/bridge/quality/goodness/null-batches.js";
import { QualityJudge } from "../../dashboard/bridge/quality/index.js";
import { referenceOf, sumWindows } from "../../dashboard/bridge/monitor/sums.js";
import { isFault } from "../../dashboard/bridge/quality/findings.js";
import type { Reference, WindowMessage } from "../../pipeline/model/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { falseAlarms, interval, powerFaults, powerTable } from "./measure/power.js";
import { figureLine, quantile, type Figure } from "./measure/report.js";
import { RuleTails } from "./measure/rule-tails.js";

const asked = process.argv.indexOf("--windows");
const windows = asked < 0 ? 1500 : Number(process.argv[asked + 1]);
const sizes = [250, 500, 1000];
const [nullBatches, batches] = [400, 150];
/** Enough windows for the time of JIT compilation not to matter: a bridge runs for weeks. */
const [timedWindows, timedRuns] = [600, 12];

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}\n`);
if (!process.argv.includes("--no-power")) printPower();
printSpeed();
await printTails();

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

/** CPU time of parsing and of judging windows given as JSON lines; the best of several runs counts. */
function printSpeed(): void {
  const stream = new SimulatedWindows({ seed: 32 });
  const lines = Array.from({ length: timedWindows }, () => JSON.stringify(stream.next()));
  const reference = goodReference();
  const runs = Array.from({ length: timedRuns }, () => timesOf(lines, reference));
  const best = runs.reduce((a, b) => (b.judgeMs < a.judgeMs ? b : a));
  const figures: Figure[] = [
    {
      name: "judge a window, p95, all rules and a reference",
      value: Math.min(...runs.map(({ p95Ms }) => p95Ms)),
      unit: "ms",
      target: 2,
      better: "less",
    },
    {
      name: "judge windows, one core",
      value: (1000 * lines.length) / best.judgeMs,
      unit: "win/s",
      target: 500,
      better: "more",
    },
    {
      name: "the same, including parsing of the JSON lines",
      value: (1000 * lines.length) / (best.judgeMs + best.parseMs),
      unit: "win/s",
      target: 500,
      better: "more",
    },
  ];
  console.log(
    `\nCPU time of ${lines.length} windows of 1000 rows/s, best of ${timedRuns} runs, each with a correct answer`,
  );
  for (const figure of figures) console.log(figureLine(figure));
  console.log(
    `a line of ${Math.round((lines[0] as string).length / 1000)} kB is parsed in ${(best.parseMs / lines.length).toFixed(2)} ms`,
  );
}

interface Times {
  parseMs: number;
  judgeMs: number;
  p95Ms: number;
}

function timesOf(lines: readonly string[], reference: Reference): Times {
  const judge = new QualityJudge();
  judge.setReference({ id: "r", reference });
  const times: number[] = [];
  let parseMs = 0;
  for (const line of lines) {
    const parsing = startClock();
    const message = JSON.parse(line) as WindowMessage;
    parseMs += parsing();
    const judging = startClock();
    const { findings, window_id: judged } = judge.takeWindow(message, message.window.end_ms);
    times.push(judging());
    if (judged !== message.msg_ID || findings.some(isFault))
      throw new Error("wrong answer: an alarm in good data");
  }
  if (judge.quality?.whole.state !== "good") throw new Error("wrong answer: good data is not good");
  const judgeMs = times.reduce((sum, ms) => sum + ms, 0);
  return {
    parseMs,
    judgeMs,
    p95Ms: quantile(
      times.sort((a, b) => a - b),
      0.95,
    ),
  };
}

/** Starts a timer of CPU time, ms, which other load on the machine hardly affects. */
function startClock(): () => number {
  const began = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(began);
    return (user + system) / 1000;
  };
}

async function printTails(): Promise<void> {
  const tails = new RuleTails();
  const judge = new QualityJudge({ onReading: (key, reading, z) => tails.take(key, reading, z) });
  judge.setReference({ id: "r", reference: goodReference() });
  const stream = new SimulatedWindows({ seed: 31 });
  const alarms = new Set<string>();
  for (let i = 0; i < windows; i += 1) {
    const message = stream.next();
    const { findings } = judge.takeWindow(message, message.window.end_ms);
    tails.pass();
    for (const finding of findings) if (isFault(finding)) alarms.add(finding.key);
    // Lets signal handlers run between windows.
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  console.log(
    `\nFalse alarms in ${windows} good windows at 1000 rows/s: ${alarms.size === 0 ? "none" : [...alarms].join(", ")}\n`,
  );
  console.log(tails.table());
}

function goodReference(): Reference {
  const good = new SimulatedWindows({ seed: 30 }).take(120);
  const sum = sumWindows(good);
  if (sum === null) throw new Error("no window");
  const goodness = nullOf(good, sum.segment_chamber);
  return { ...referenceOf(sum, "good", "bench", 0), ...(goodness !== undefined && { goodness }) };
}
