/** Starts Kafka, Flink and workers on this machine, keeps them running and stops them at the end. */
import type { PartStatus } from "../../pipeline/model/index.js";
import {
  diskTrouble,
  freePort,
  grpcAnswers,
  KafkaSize,
  loopback,
  ManagedProcess,
  startFlink,
  startKafka,
} from "./index.js";
import { together } from "../process/index.js";
import { builtFile } from "../paths.js";
import { workersOf } from "../worker/pool-status.js";
import { keepRunning } from "./keep-running.js";
import { ServiceWatch } from "./service-watch.js";

interface ClusterOptions {
  stateFolder: string;
  log: (line: string) => void;
  signal: AbortSignal;
  /** Limit for all Kafka topics together, bytes. */
  kafkaBytes: number;
}

/** HOST:PORT of existing services; null for one that is to be started. */
interface Addresses {
  bootstrapServers: string | null;
  flinkMaster: string | null;
  workerPool: string | null;
}

interface StartSettings {
  kafka: { port?: number; fresh: boolean };
  flink?: { restPort: number };
  /** Default: a free one. */
  workerPort?: number;
}

const poolReadyMs = 60_000;
const poolAnswerMs = 3000;
/** A worker answers quickly: its bundles are short. */
const workerSilentMs = 3000;
/** Time in which all services must end; the others are killed. */
const stopMs = 2000;

export class ClusterServices {
  readonly watch: ServiceWatch;
  private readonly diskProblem: () => string | null;
  private kafkaSize: KafkaSize | null = null;
  private readonly down = new Map<ManagedProcess, string>();
  private readonly ending = new AbortController();
  private readonly keepers: Promise<void>[] = [];
  private readonly kept: ManagedProcess[] = [];
  /** Shutdown functions of the started services, in starting order. */
  private readonly ends: (() => Promise<void>)[] = [];

  constructor(private readonly options: ClusterOptions) {
    this.watch = new ServiceWatch(options.log);
    const ask = (): Promise<string | null> => diskTrouble(options.stateFolder);
    this.diskProblem = this.watch.add(`the disk of ${options.stateFolder}`, { ask, toleratedMs: 2000 });
  }

  /** Notices for the operator that are not faults. */
  get notices(): string[] {
    const notice = this.kafkaSize?.notice ?? null;
    return notice === null ? [] : [notice];
  }

  /** All started services, and the disk that they share. */
  get parts(): PartStatus[] {
    return this.watch.parts;
  }

  /** Starts the services without an address, all at the same time. @returns the addresses of all */
  async startMissing(
    given: Addresses,
    how: StartSettings,
    signal = this.options.signal,
  ): Promise<{ [name in keyof Addresses]: string }> {
    const [bootstrapServers, flinkMaster, workerPool] = await together(
      [
        async (signal) => given.bootstrapServers ?? (await this.startKafka(how.kafka, signal)),
        async (signal) => given.flinkMaster ?? (await this.startFlink(how.flink, signal)),
        async (signal) => given.workerPool ?? (await this.startPool(how.workerPort, signal)),
      ],
      signal,
    );
    return { bootstrapServers, flinkMaster, workerPool };
  }

  /** @returns HOST:PORT of its broker */
  private async startKafka(where: StartSettings["kafka"], signal: AbortSignal): Promise<string> {
    const { stateFolder, log, kafkaBytes: maxBytes } = this.options;
    log("starting Kafka");
    const node = await startKafka({ stateFolder, signal, log, maxBytes, ...where });
    const { bootstrapServers, part } = node;
    const size = (this.kafkaSize = new KafkaSize({ ...node, maxBytes, log }));
    this.keep([part], () => {
      size.close();
      return part.stop();
    });
    log(`Kafka is at ${bootstrapServers}`);
    return bootstrapServers;
  }

  /** @returns HOST:PORT of its REST interface */
  private async startFlink(where: StartSettings["flink"], signal: AbortSignal): Promise<string> {
    const { stateFolder, log } = this.options;
    log("starting Flink");
    const cluster = await startFlink({
      stateFolder,
      signal,
      log,
      highAvailability: true,
      fresh: true,
      ...where,
    });
    const { zooKeeper, jobManager, taskManagers } = cluster;
    this.keep([...(zooKeeper === null ? [] : [zooKeeper]), jobManager, ...taskManagers], cluster.stop);
    log(`Flink is at ${cluster.restUrl}`);
    return cluster.master;
  }

  /** @returns HOST:PORT of the worker pool */
  async startPool(wanted?: number, signal = this.options.signal): Promise<string> {
    const { stateFolder, log } = this.options;
    const port = wanted ?? (await freePort());
    const part = await ManagedProcess.start(
      {
        name: "the worker pool",
        command: [process.execPath, builtFile("runners/worker/pool-main.js"), String(port)],
        folder: stateFolder,
        logFile: `${stateFolder}/logs/worker-pool.log`,
        answers: () => grpcAnswers(port),
        ask: () => troubleOfWorkers(`${loopback}:${port}`),
        readyWithinMs: poolReadyMs,
      },
      signal,
    );
    this.keep([part], () => part.stop());
    log(`workers are at ${loopback}:${port}`);
    return `${loopback}:${port}`;
  }

  /**
   * Supervises services that were started elsewhere.
   * @param parts in starting order: each depends on those before it
   */
  keep(parts: readonly ManagedProcess[], end: () => Promise<void>): void {
    const { log } = this.options;
    const { down } = this;
    const dependsOn = [this.diskProblem];
    for (const part of parts) {
      const ask = (asking: AbortSignal): Promise<string | null> => part.ask(asking);
      const problem = this.watch.add(part.name, { ask }, () => down.get(part) ?? null);
      const others = [...dependsOn];
      const hang = (): string | null => (others.every((other) => other() === null) ? problem() : null);
      this.keepers.push(keepRunning(part, { down, log, signal: this.ending.signal, hang }));
      dependsOn.push(problem);
    }
    this.kept.push(...parts);
    this.ends.push(end);
  }

  /** Adds a further shutdown function, called before the existing services end. */
  atEnd(end: () => Promise<void>): void {
    this.ends.push(end);
  }

  /** Stops everything in reverse starting order; services that exceed the time are killed. */
  async close(): Promise<void> {
    // Services that are down are not awaited, and exits from here on are intentional.
    this.ending.abort();
    this.watch.close();
    const killing = setTimeout(() => this.kept.forEach((part) => void part.kill9()), stopMs);
    for (const end of this.ends.splice(0).reverse()) await end();
    await Promise.all(this.keepers);
    clearTimeout(killing);
  }
}

/** A pool is healthy while it answers and each of its workers answers it. */
async function troubleOfWorkers(address: string): Promise<string | null> {
  const silent = (await workersOf(address, poolAnswerMs)).filter(({ silentMs }) => silentMs > workerSilentMs);
  if (silent.length === 0) return null;
  return `has had no answer from its worker ${silent.map(({ name, pid }) => `${name} (process ${pid})`).join(" and ")}`;
}
