/**
 * `npm run bench -- good-days`: judges simulated days of good data, one thread per core, and prints every (false) alarm.
 * Options: `--hours 168` (default 72), `--preset legnaro-real`, `--rate 40`, and `--reference`, which compares with the first
 * 10 minutes of another seed, as the goodness of fit requires. Exit code 1 if there was an alarm.
 */
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { nullOf } from "../../dashboard/bridge/quality/goodness/null-batches.js";
import { QualityJudge } from "../../dashboard/bridge/quality/index.js";
import { referenceOf, sumWindows } from "../../dashboard/bridge/monitor/sums.js";
import type { Reference } from "../../pipeline/model/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import type { SimulatorPreset } from "../../producer/simulator/index.js";

interface Plan {
  hours: number;
  seed: number;
  preset: SimulatorPreset;
  rateHz: number;
  hasReference: boolean;
}

const windowsPerHour = 720;
const hoursOfSeed = 6;
const referenceWindows = 120;

if (isMainThread) await runAll();
else parentPort?.postMessage(alarmsOf(workerData as Plan));

async function runAll(): Promise<void> {
  const value = (name: string, usual: string): string => {
    const at = process.argv.indexOf(name);
    return at < 0 ? usual : (process.argv[at + 1] ?? usual);
  };
  const hours = Number(value("--hours", "72"));
  const preset = value("--preset", "clean") as SimulatorPreset;
  const rateHz = Number(value("--rate", "1000"));
  const hasReference = process.argv.includes("--reference");
  const began = performance.now();
  const plans = Array.from({ length: Math.ceil(hours / hoursOfSeed) }, (_, i): Plan => {
    const left = Math.min(hoursOfSeed, hours - i * hoursOfSeed);
    return { hours: left, seed: 1000 + i, preset, rateHz, hasReference };
  });
  const alarms: string[] = [];
  const next = async (): Promise<void> => {
    for (let plan = plans.shift(); plan !== undefined; plan = plans.shift())
      alarms.push(...(await inThread(plan)));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, next));
  const minutes = (performance.now() - began) / 60_000;
  const what = `${hours} h of good data, ${preset}, ${rateHz} rows/s${hasReference ? ", with a reference" : ""}`;
  console.log(
    `${what}: ${alarms.length === 0 ? "no alarm" : `${alarms.length} alarms`}, ${minutes.toFixed(1)} min`,
  );
  for (const alarm of alarms) console.log(`  ${alarm}`);
  process.exitCode = alarms.length === 0 ? 0 : 1;
}

function inThread(plan: Plan): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: plan });
    worker.on("message", resolve).on("error", reject);
  });
}

function alarmsOf({ hours, seed, preset, rateHz, hasReference }: Plan): string[] {
  const judge = new QualityJudge();
  if (hasReference) judge.setReference({ id: "r", reference: goodReference(preset, rateHz) });
  const stream = new SimulatedWindows({ seed, preset, rateHz });
  const found = new Map<string, string>();
  for (let n = 0; n < hours * windowsPerHour; n += 1) {
    const message = stream.next();
    const { findings } = judge.takeWindow(message, message.window.end_ms);
    for (const { key, state, cause, reason } of findings)
      if ((state === "warning" || state === "bad") && cause === null && !found.has(key))
        found.set(key, `seed ${seed}, window ${n}: ${key}: ${reason}`);
  }
  return [...found.values()];
}

function goodReference(preset: SimulatorPreset, rateHz: number): Reference {
  const good = new SimulatedWindows({ seed: 7, preset, rateHz }).take(referenceWindows);
  const sum = sumWindows(good);
  if (sum === null) throw new Error("no window");
  const goodness = nullOf(good, sum.segment_chamber);
  return { ...referenceOf(sum, "good", "bench", 0), ...(goodness !== undefined && { goodness }) };
}
