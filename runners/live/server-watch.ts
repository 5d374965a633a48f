/** Watches servers that a system uses but did not start: Kafka's brokers and Flink's TaskManagers. */
import type { KafkaAccess } from "../kafka/index.js";
import { watchBrokers, type BrokerWatch } from "./broker-watch.js";
import { TaskManagerWatch } from "./task-manager-watch.js";

interface ServerWatchOptions {
  /** Cluster and topics whose brokers are watched; null watches none. */
  kafka: { access: KafkaAccess; topics: readonly string[] } | null;
  /** HOST:PORT of the JobManager whose TaskManagers are watched; null watches none. */
  flinkMaster: string | null;
  log: (line: string) => void;
}

export class ServerWatch {
  private readonly brokers: BrokerWatch | null;
  private readonly taskManagers: TaskManagerWatch | null;

  constructor({ kafka, flinkMaster: master, log }: ServerWatchOptions) {
    this.brokers = kafka === null ? null : watchBrokers(kafka.access, kafka.topics, log);
    this.taskManagers = master === null ? null : new TaskManagerWatch({ master, log });
  }

  /** One line for each server that is lost or behind. */
  get notices(): string[] {
    return [...(this.brokers?.notices ?? []), ...(this.taskManagers?.notices ?? [])];
  }

  async close(): Promise<void> {
    this.taskManagers?.close();
    await this.brokers?.close();
  }
}
