/** Starts the services for a bounded job, and stops them when the job has ended. */
import { readFileSync } from "node:fs";
import { FlinkRest } from "../../flink/rest.js";
import { refuseOtherServer } from "../../net/index.js";
import { together } from "../../process/index.js";
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
  /** Number of parallel worker processes. */
  workers: number;
  /** Number of pieces of the input; no more workers than pieces are requested. */
  pieces: number;
  /** For settings and logs of the services. */
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
   * The reason why a job waits for its cluster, as text; null if it does not wait.
   * @param jobName null before a job is submitted
   */
  waiting(jobName: string | null): Promise<string | null>;
  /** A short description of the cluster's state, reported when a job makes no progress. */
  describe(): Promise<string>;
  /** Cancels a job that would outlive the run. */
  cancelAndWait(jobName: string): Promise<void>;
  stop(): Promise<void>;
}

/** A failed job is retried this many times; a persistent fault must end the run. */
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
    const workers = (): string => (pool === null ? "" : `, ${pool.workers.size} workers running`);
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

/** Called before anything is started: later, a wrong address would only show as a job without progress. */
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

/** Empty, because each run has its own job name. */
const none: ReadonlySet<string> = new Set();

type Bare = Omit<Engine, "workerPool" | "stop">;
type Ends = (() => Promise<void>)[];

async function flinkEngine(options: EngineOptions, ends: Ends): Promise<Bare> {
  const { stateFolder, workers, signal, log } = options;
  const context = { stateFolder, signal, log, ...jars(options) };
  const restPort = await freePort();
  const master = options.master ?? `${loopback}:${restPort}`;
  const rest = new FlinkRest(master);
  const [jobServer] = await together(
    [
      async (signal) => {
        const started = { ...context, signal, flinkMaster: master, jobSettings: finiteRestarts };
        const service = await startJobServer(started);
        ends.push(() => service.stop());
        return service;
      },
      async (signal) => {
        if (options.master !== null) return;
        log("starting Flink");
        const settings = batchSettings;
        const { stop } = await startFlink({ ...context, signal, restPort, slots: workers, settings });
        ends.push(stop);
      },
    ],
    signal,
  );
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

/** As Flink settings: Flink ignores Beam's retry options when its cluster configures a restart strategy. */
const finiteRestarts = {
  "restart-strategy.type": "fixed-delay",
  "restart-strategy.fixed-delay.attempts": retries,
  "restart-strategy.fixed-delay.delay": "500 ms",
};

/** Batch jobs need memory for sorting and network buffers for all exchanges. */
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
  return `waiting for slots: Flink at ${rest.master} has ${free} of ${total} free, but the run needs ${workers}${hint}`;
}

/** Whether tasks of a job wait for slots and none has a slot yet. */
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

/** Logged by the Spark driver when the cluster offers no executors. */
const starved = "Initial job has not accepted any resources";

async function sparkEngine(options: EngineOptions, ends: Ends): Promise<Bare> {
  const { stateFolder, workers, signal, log } = options;
  const sparkMaster = options.master ?? `local[${workers},${retries + 1}]`;
  log("starting Spark");
  const context = { stateFolder, signal, log, ...jars(options) };
  const jobServer = await startSparkJobServer({ ...context, sparkMaster, maxCores: options.pieces });
  ends.push(() => jobServer.stop());
  return {
    jobServer,
    runnerOptions: { streaming: false, sdkWorkerParallelism: workers },
    waiting: () => {
      const isStarved = readFileSync(jobServer.part.logFile, "utf8").includes(starved);
      return Promise.resolve(isStarved ? `waiting for cores: ${sparkMaster} has none free` : null);
    },
    describe: () => Promise.resolve(jobServer.part.isRunning ? "Spark is running" : "Spark has stopped"),
    // The job runs in our job server and ends with it.
    cancelAndWait: () => Promise.resolve(),
  };
}

function jars({ jarsFolder }: EngineOptions): { jarsFolder?: string } {
  return jarsFolder === undefined ? {} : { jarsFolder };
}
