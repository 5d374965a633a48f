/**
 * `npm run chaos -- --minutes 20 --seed 7`: kills and freezes every service of `up --runner flink`, its producer and
 * its bridge, fills its disk and recreates its topic, while rows with a known answer are sent. Exit code 1 when a row
 * is lost or duplicated, or when the status was wrong at any moment.
 */
import { parseArgs } from "node:util";
import { InterruptedError } from "../../pipeline/model/index.js";
import { watchStopSignals } from "../../runners/process/index.js";
import { runChaos } from "./chaos/run.js";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "20" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1e6)) },
    faults: { type: "string" },
  },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0 && Number.isFinite(seed))) throw new Error("--minutes must be above 0 and --seed a number");

const faults = values.faults?.split(",");
console.log(`chaos for ${minutes} min, seed ${seed}`);
const ending = new AbortController();
const done = watchStopSignals({
  onStop: (signal) => ending.abort(new InterruptedError(signal)),
  log: console.log,
  budgetMs: 30_000,
});
process.exitCode = await chaos().catch((error: unknown) => {
  if (!(error instanceof InterruptedError)) throw error;
  console.log("interrupted");
  return error.exitCode;
});
done();

/** @returns the exit code */
async function chaos(): Promise<number> {
  const wrong = await runChaos({
    ...{ minutes, seed, log: console.log, signal: ending.signal },
    ...(faults === undefined ? {} : { faults }),
  });
  console.log(wrong.length === 0 ? "no problems found" : `problems found: ${wrong.length}`);
  return wrong.length === 0 ? 0 : 1;
}
