/** `worker`: a pool of workers for the TaskManager of this machine. */
import { untilAborted } from "../process/index.js";
import { WorkerPool } from "../worker/pool.js";
import { hostOption } from "./system-options.js";
import { defineOptions, wholeNumber, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

const defaultPort = 50_000;
const loopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

const workerOptions = defineOptions([
  {
    flags: "--port <port>",
    description: "port for the TaskManagers, 0 for any free one",
    parse: wholeNumber(0, 65535),
    default: defaultPort,
  },
  hostOption,
]);
type WorkerOptions = ValuesOf<typeof workerOptions>;

export const workerVerb = defineVerb({
  name: "worker",
  summary: "run the pipeline's functions for Flink on this machine",
  description: `Starts workers on this machine at the request of a TaskManager, each in its own process, and runs until
Ctrl-C. Anyone who can reach its port can run code here, so by default it listens on the loopback interface only.`,
  options: workerOptions,
  examples: ["muonitor worker --port 50000"],
  run: work,
});

async function work({ host, port }: WorkerOptions, context: CliContext): Promise<number> {
  const log = context.log.info;
  const pool = new WorkerPool({ host, port, log });
  const address = await pool.start();
  try {
    if (!loopback.test(host))
      log(`anyone who can reach ${address} can run code as this user: protect the port with a firewall`);
    context.stdout.write(`workers at ${address}\n`);
    await untilAborted(context.signal);
    return 0;
  } finally {
    await pool.stop();
  }
}
