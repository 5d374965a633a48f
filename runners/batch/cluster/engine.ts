/** Runs a bounded job: starts the services that it needs and stops them when it has ended. */
import { readFileSync } from "node:fs";
import { FlinkRest } from "../../flink/rest.js";
import { refuseOtherServer } from "../../net/index.js";
import { cancelAndWait } from "../../flink/cancel-and-wait.js";
import {
  freePort,
  loopback,
  startFlink,
  startJobServer,
  startSparkJobServer,
  type BeamService,
} from "../../services/index.js";
import { WorkerPool } from "../../worker/pool.js";

interface EngineOptions {
  kind: "flink" | "spark";
  /** An existing cluster; null starts one. */
  master: string | null;
  /** Address of an existing pool for the cluster's machines; null starts one. */
  workerPool: string | null;
  /** Processes that work side by side. */
  workers: number;
  /** Pieces of the input: workers without a piece are not asked for. */
  pieces: number;
  /** For settings and logs of the parts. */
  stateFolder: string;
  jarsFolder?: string;
  log: (line: string) => void;
  signal: AbortSignal;
}

export interface Engine {
  jobServer: BeamService;
  workerPool: string;
  runnerOptions: Record<string, unknown>;
  /**
   * Why a job waits for its cluster, in words; null when it does not.
   * @param jobName null before a job is submitted
   */
  waiting(jobName: string | null): Promise<string | null>;
  /** A short description of its state for a job that makes no progress. */
  describe(): Promise<string>;
  /** Ends a job that would continue without the run. */
  cancelAndWait(jobName: string): Promise<void>;
  stop(): Promise<void>;
}

/** A job that fails is tried so often again; a fault that stays must come to an end. */
const retries = 3;

export async function startEngine(wanted: EngineOptions): Promise<Engine> {
  const options = { ...wanted, workers: Math.max(1, Math.min(wanted.workers, wanted.pieces)) };
  const ends: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    await refuseWrongAddresses(options);
    const { pool, address } = await workerPool(options);
    if (pool !== null) ends.push(() => pool.stop());
    const engine = await (options.kind === "flink" ? flinkEngine : sparkEngine)(options, ends);
    const workers = (): string => (pool === null ? "" : `, ${pool.workers.size} workers run`);
    return {
      ...engine,
      workerPool: address,
      describe: async () => (await engine.describe()) + workers(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Before anything is started: later a wrong address would be a job without progress. */
async function refuseWrongAddresses({ kind, master, workerPool, signal }: EngineOptions): Promise<void> {
  if (workerPool !== null) await refuseOtherServer(workerPool, "a worker pool");
  if (master === null) return;
  if (kind === "flink") await new FlinkRest(master, signal).slots();
  // Spark's own threads, `local[*]`, have no address.
  const [, address] = /^spark:\/\/([^,]+)/.exec(master) ?? [];
  if (kind === "spark" && address !== undefined) await refuseOtherServer(address, "a Spark master");
}

async function workerPool(options: EngineOptions): Promise<{ pool: WorkerPool | null; address: string }> {
  if (options.workerPool !== null) return { pool: null, address: options.workerPool };
  const pool = new WorkerPool({ port: 0, log: options.log });
  return { pool, address: await pool.start() };
}

/** Each run has a job name of its own. */
const none: ReadonlySet<string> = new Set();

type Bare = Omit<Engine, "workerPool" | "stop">;
type Ends = (() => Promise<void>)[];

async function flinkEngine(options: EngineOptions, ends: Ends): Promise<Bare> {
  const { stateFolder, workers, signal, log } = options;
  const around = { stateFolder, signal, log, ...jars(options) };
  const restPort = await freePort();
  const master = options.master ?? `${loopback}:${restPort}`;
  const rest = new FlinkRest(master);
  const starting = startJobServer({ ...around, flinkMaster: master, jobSettings: finiteRestarts });
  const served = starting.then((service) => void ends.push(() => service.stop()));
  if (options.master === null) {
    log("starting Flink");
    const cluster = startFlink({ ...around, restPort, slots: workers, settings: batchSettings });
    await allDone([served, cluster.then(({ stop }) => void ends.push(stop))]);
  }
  // Awaited first, because nothing else reports its failure.
  await served;
  const jobServer = await starting;
  return {
    jobServer,
    runnerOptions: {
      streaming: false,
      parallelism: workers,
      sdkWorkerParallelism: workers,
    },
    waiting: (jobName) => waitingForSlots(rest, jobName, workers),
    describe: () => describeFlink(rest),
    cancelAndWait: (jobName) => cancelAndWait(rest, jobName, none, 0),
  };
}

/** Also after a failure, waits until all have ended, so that everything started meanwhile can be stopped. */
async function allDone(work: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(work);
  await Promise.all(work);
}

/** In the words of Flink: it does not heed those of Beam where its cluster has a strategy of its own. */
const finiteRestarts = {
  "restart-strategy.type": "fixed-delay",
  "restart-strategy.fixed-delay.attempts": retries,
  "restart-strategy.fixed-delay.delay": "500 ms",
};

/** Batch work wants memory for sorting and buffers for all its exchanges. */
const batchSettings = {
  ...finiteRestarts,
  "taskmanager.memory.managed.size": "256m",
  "taskmanager.memory.network.min": "128m",
  "taskmanager.memory.network.max": "128m",
};

async function waitingForSlots(
  rest: FlinkRest,
  jobName: string | null,
  workers: number,
): Promise<string | null> {
  const { "slots-available": free, "slots-total": total } = await rest.slots();
  const isShort = jobName === null ? free < workers : free === 0 && (await isScheduled(rest, jobName));
  if (!isShort) return null;
  const hint = total > 0 && total < workers ? `; --workers ${total} would fit` : "";
  return `waiting for slots: Flink at ${rest.master} has ${free} of ${total} free, the run needs ${workers}${hint}`;
}

/** Whether a job has tasks that wait for a slot, and none that has one. */
async function isScheduled(rest: FlinkRest, jobName: string): Promise<boolean> {
  const tasks = (await rest.jobs()).find(({ name }) => name === jobName)?.tasks;
  return tasks !== undefined && tasks.scheduled > 0 && tasks.running + tasks.finished === 0;
}

async function describeFlink(rest: FlinkRest): Promise<string> {
  try {
    const { taskmanagers, ...slots } = await rest.slots();
    const states = (await rest.jobs()).map(({ name, state }) => `${name} is ${state}`);
    return `Flink has ${taskmanagers} TaskManagers, ${slots["slots-available"]} of ${slots["slots-total"]} slots free; ${states.join(", ")}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** As Spark's driver complains of a cluster that gives it nothing. */
const starved = "Initial job has not accepted any resources";

async function sparkEngine(options: EngineOptions, ends: Ends): Promise<Bare> {
  const { stateFolder, workers, signal, log } = options;
  const sparkMaster = options.master ?? `local[${workers},${retries + 1}]`;
  log("starting Spark");
  const around = { stateFolder, signal, log, ...jars(options) };
  const jobServer = await startSparkJobServer({ ...around, sparkMaster, maxCores: options.pieces });
  ends.push(() => jobServer.stop());
  return {
    jobServer,
    runnerOptions: { streaming: false, sdkWorkerParallelism: workers },
    waiting: () => {
      const isStarved = readFileSync(jobServer.part.logFile, "utf8").includes(starved);
      return Promise.resolve(isStarved ? `waiting for cores: ${sparkMaster} has none free` : null);
    },
    describe: () => Promise.resolve(jobServer.part.isRunning ? "Spark runs" : "Spark has ended"),
    // The job lives in the job server, which is ours.
    cancelAndWait: () => Promise.resolve(),
  };
}

function jars({ jarsFolder }: EngineOptions): { jarsFolder?: string } {
  return jarsFolder === undefined ? {} : { jarsFolder };
}
