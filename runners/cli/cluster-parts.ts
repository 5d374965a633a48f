/** Kafka, Flink and workers on this machine: started, kept running, and stopped at the end. */
import { freePort, grpcAnswers, loopback, Part, startFlink, startKafka } from "../parts/index.js";
import { builtFile } from "../paths.js";
import { keepRunning } from "./keep-running.js";

export interface ClusterOptions {
  stateFolder: string;
  log: (line: string) => void;
  signal: AbortSignal;
}

const poolReadyMs = 30_000;

export class ClusterParts {
  /** Names of parts that died and are not back yet. */
  readonly down = new Set<string>();
  private readonly ending = new AbortController();
  private readonly keepers: Promise<void>[] = [];
  /** How to end what was started, in the order of its start. */
  private readonly ends: (() => Promise<void>)[] = [];

  constructor(private readonly options: ClusterOptions) {}

  /** @returns HOST:PORT of its broker */
  async startKafka(where: { port?: number; fresh: boolean }): Promise<string> {
    const { stateFolder, signal, log } = this.options;
    log("starting Kafka");
    const { bootstrapServers, part } = await startKafka({ stateFolder, signal, log, ...where });
    this.keep([part], () => part.stop());
    log(`Kafka is at ${bootstrapServers}`);
    return bootstrapServers;
  }

  /** @returns HOST:PORT of its REST interface */
  async startFlink(where: { restPort?: number } = {}): Promise<string> {
    const { stateFolder, signal, log } = this.options;
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
  async startPool(wanted?: number): Promise<string> {
    const { stateFolder, signal, log } = this.options;
    const port = wanted ?? (await freePort());
    const part = await Part.start(
      {
        name: "the worker pool",
        command: [process.execPath, builtFile("runners/cli/worker-main.js"), String(port)],
        folder: stateFolder,
        logFile: `${stateFolder}/logs/worker-pool.log`,
        answers: () => grpcAnswers(port),
        readyWithinMs: poolReadyMs,
      },
      signal,
    );
    this.keep([part], () => part.stop());
    log(`workers are at ${loopback}:${port}`);
    return `${loopback}:${port}`;
  }

  private keep(parts: readonly Part[], end: () => Promise<void>): void {
    const supervision = { down: this.down, log: this.options.log, signal: this.ending.signal };
    this.keepers.push(...parts.map((part) => keepRunning(part, supervision)));
    this.ends.push(end);
  }

  /** Something else that has to be ended before the parts that are there already. */
  atEnd(end: () => Promise<void>): void {
    this.ends.push(end);
  }

  /** Stops what was started, the last first. */
  async close(): Promise<void> {
    // What is down now is not waited for, and what ends from here on is meant to.
    this.ending.abort();
    for (const end of this.ends.splice(0).reverse()) await end();
    await Promise.all(this.keepers);
  }
}
