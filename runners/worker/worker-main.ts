/**
 * A worker process: `node worker-main.js ID CONTROL_URL`. Runs bundles of our functions for a runner until the runner
 * disconnects or the process gets a stop signal. Started by the pool, one per worker that a TaskManager requests.
 */
import "../../pipeline/beam/index.js";
import { useOrderedDataSink } from "./data-sink.js";
import { SteadyWorker } from "./steady-worker.js";
import { ping, pong } from "./worker-pulse.js";

const [id, controlUrl] = process.argv.slice(2);
if (id === undefined || controlUrl === undefined) {
  console.error("usage: worker-main.js ID CONTROL_URL");
  process.exit(2);
}

// The SDK prints every request and bundle.
console.log = (): void => undefined;
console.warn = (): void => undefined;

useOrderedDataSink();
const worker = new SteadyWorker(id, controlUrl);
process.once("SIGTERM", () => {
  worker.stop();
  process.exit(0);
});
// The pool holds the other end of this pipe: the worker ends when the pool ends for any reason.
process.stdin.resume().once("end", () => process.exit(0));
process.on("message", (message) => {
  if (message === ping) process.send?.(pong);
});
void worker.called.then(() => process.send?.("called"));
const error = await worker.ended;
if (error !== null) console.error(`worker ${id}: ${error.message}`);
process.exit(error === null ? 0 : 1);
