/** `init`: starts Kafka, Flink and workers in the background and creates the topics. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { MuonitorError, topicsOf } from "../../pipeline/model/index.js";
import { cleanTopic, ensureTopics, rawTopic } from "../services/index.js";
import { lastLineIn, openLog } from "../services/log-file.js";
import { builtFile } from "../paths.js";
import { identityOf, makePrivateFolder, waitFor } from "../process/index.js";
import {
  endProcess,
  findServices,
  type ServiceAddresses,
  type ServicesNote,
} from "../services/background.js";
import { readSettings } from "./flink-options.js";
import { servicesOptions } from "./flink-up.js";
import type { ServicesPlan } from "../services/services-main.js";
import { stateFolder, stateFolderOption, streamOption } from "./system-options.js";
import { liveRunnerOption } from "./up.js";
import { defineOption, defineOptions, wholeNumber, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

const pollMs = 100;
const graceMs = 30_000;

function port<const Name extends string>(name: Name, what: string, value: number) {
  return defineOption({
    flags: `--${name}-port <port>`,
    description: `port of ${what} if it has to be started`,
    parse: wholeNumber(1, 65535),
    default: value,
  });
}

const initOptions = defineOptions([
  { ...liveRunnerOption, description: "where the pipeline will run", default: "flink" },
  ...servicesOptions,
  streamOption,
  port("kafka", "Kafka", 9092),
  port("flink", "Flink's REST interface and page", 8081),
  port("worker", "the worker pool", 50_000),
  { flags: "--keep-data", description: "keep the data in the Kafka of an earlier init", default: false },
  stateFolderOption,
]);
type InitOptions = ValuesOf<typeof initOptions>;

export const initVerb = defineVerb({
  name: "init",
  summary: "start Kafka, Flink and workers in the background and create the topics",
  description: `First of the commands of an earlier system: init, run, beat, halt, dismiss. Starts Kafka, Flink and
workers in the background, except those that an option names, and creates missing topics. The services use the default ports, so that
all other commands find them. With --runner embedded it does nothing: muonitor run then contains topics and pipeline.`,
  options: initOptions,
  examples: [
    "muonitor init --config localhost",
    "muonitor init --bootstrap-servers kafka:9092 --flink-master flink:8081",
  ],
  run: init,
});

async function init(options: InitOptions, context: CliContext): Promise<number> {
  const { stdout, log } = context;
  if (options.runner === "embedded") {
    stdout.write("nothing to prepare: with --runner embedded, muonitor run needs no services\n");
    return 0;
  }
  const folder = stateFolder(options, context);
  const kafkaSettings = readSettings(options, context);
  const running = findServices(folder);
  if (running !== null) log.info(`the services are already running (process ${running.pid})`);
  const addresses =
    running ?? givenAddresses(options) ?? (await startServices(planOf(options, folder), context));
  const { rawTopic: raw, cleanTopic: clean } = topicsOf(options.stream);
  const topics = [rawTopic(options.partitions, raw), cleanTopic(clean)];
  for (const line of await ensureTopics(addresses.bootstrapServers, topics, kafkaSettings, context.signal))
    log.warn(line);
  stdout.write(
    `Kafka is at ${addresses.bootstrapServers}, Flink at ${addresses.flinkMaster}, workers at ${addresses.workerPool}\n`,
  );
  return 0;
}

/** The addresses if all are given; then no service is started. */
function givenAddresses({ bootstrapServers, flinkMaster, workerPool }: InitOptions): ServiceAddresses | null {
  if (bootstrapServers === undefined || flinkMaster === undefined || workerPool === undefined) return null;
  return { bootstrapServers, flinkMaster, workerPool };
}

function planOf(options: InitOptions, folder: string): ServicesPlan {
  const { kafkaPort, flinkPort, workerPort, keepData } = options;
  return {
    stateFolder: folder,
    bootstrapServers: options.bootstrapServers ?? null,
    flinkMaster: options.flinkMaster ?? null,
    workerPool: options.workerPool ?? null,
    ...{ kafkaPort, flinkPort, workerPort, keepData },
    kafkaBytes: options.kafkaMb * 1e6,
  };
}

/** Starts the process that runs the services, and waits until they are ready. */
async function startServices(plan: ServicesPlan, { log, signal }: CliContext): Promise<ServiceAddresses> {
  makePrivateFolder(plan.stateFolder);
  const logFile = join(plan.stateFolder, "logs", "parts.log");
  const output = openLog(logFile);
  log.info("starting missing services; the first start also fetches their jars");
  const child = spawn(
    process.execPath,
    [builtFile("runners/services/services-main.js"), JSON.stringify(plan)],
    {
      detached: true,
      stdio: ["ignore", output, output],
    },
  );
  const ended = once(child, "exit").then(() => {
    throw new MuonitorError(`${lastLineIn(logFile).replace(/^\S+Z /, "")} (log: ${logFile})`);
  });
  child.unref();
  const keeper = identityOf(child.pid ?? 0);
  const settled = new AbortController();
  const waiting = untilRunning(plan.stateFolder, child.pid ?? 0, AbortSignal.any([signal, settled.signal]));
  try {
    return await Promise.race([ended, waiting]);
  } catch (error) {
    if (signal.aborted && keeper !== null) await endProcess(keeper, graceMs);
    throw error;
  } finally {
    settled.abort();
    for (const promise of [ended, waiting]) promise.catch(() => undefined);
  }
}

async function untilRunning(folder: string, pid: number, signal: AbortSignal): Promise<ServicesNote> {
  const running = (): ServicesNote | null => {
    const note = findServices(folder);
    return note?.pid === pid ? note : null;
  };
  // No timeout: the wait ends when the note appears or the signal aborts.
  return (await waitFor(running, { everyMs: pollMs, signal })) as ServicesNote;
}
