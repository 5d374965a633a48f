// A process with a lock, a note and a service, whose work ends at once on a signal, or never. Arguments: URL of the built
// runners, folder, name of the step that never ends (empty: all steps end), FIFO without a writer to open (empty: none).
/* global AbortController */
import console from "node:console";
import { open } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";

const [runners = "", folder = "", stuck = "", fifo = ""] = process.argv.slice(2);
/** @type {typeof import("../../runners/process/index.js")} */
const { endsWithin, tryLock, watchStopSignals, writeOwnNote } = await import(`${runners}/process/index.js`);
/** @type {typeof import("../../runners/services/index.js")} */
const { ManagedProcess } = await import(`${runners}/services/index.js`);
const stopping = new AbortController();
const log = (/** @type {string} */ line) => console.error(line);
const done = watchStopSignals({ onStop: () => stopping.abort(), log, budgetMs: 1500 });
tryLock(join(folder, "x.lock"));
writeOwnNote(join(folder, "x.json"), {});
await ManagedProcess.start({
  name: "a part",
  command: ["sh", "-c", "trap '' TERM; while :; do sleep 1; done", folder],
  folder,
  logFile: join(folder, "part.log"),
  answers: () => Promise.resolve(true),
  readyWithinMs: 30_000,
});
if (fifo !== "") void open(fifo);
console.log("runs");
await new Promise((resolve) => stopping.signal.addEventListener("abort", resolve));
console.log("stops");
if (stuck !== "") await endsWithin(60_000, stuck, () => new Promise(() => undefined));
process.exitCode = 0;
done();
