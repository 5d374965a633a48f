/** Where `produce` sends its rows: Kafka, or the embedded system that runs. */
import { topicsOf, UnavailableError } from "../../pipeline/model/index.js";
import type { RecordSender } from "../../producer/index.js";
import { KafkaSender, partitionsOf, type KafkaAccess } from "../kafka/index.js";
import { findSystem, SystemSender } from "../system-client.js";
import { readSettings } from "./flink-options.js";
import { stateFolder } from "./system-options.js";
import type { CliContext } from "./verb.js";

export interface TargetOptions {
  bootstrapServers?: string;
  kafkaSettings?: string;
  stream: string;
  topic?: string;
  stateDir: string;
}

export type Target =
  | { sender: KafkaSender; partitions: number; access: KafkaAccess; topic: string }
  | { sender: RecordSender; partitions: number; access: null; topic: string };

/** To Kafka when brokers are named, else to the running system. */
export async function chooseTarget(options: TargetOptions, context: CliContext): Promise<Target> {
  const { bootstrapServers, topic = topicsOf(options.stream).rawTopic } = options;
  if (bootstrapServers !== undefined) {
    const access = { bootstrapServers, kafkaSettings: readSettings(options, context) };
    const partitions = await partitionsOf({ ...access, signal: context.signal }, topic);
    return { sender: new KafkaSender({ ...access, topic }), partitions, access, topic };
  }
  const running = await findSystem(stateFolder(options, context));
  if (running === null)
    throw new UnavailableError("no system is running: start one with muonitor up --no-source");
  if (running.status.runner !== "embedded") {
    throw new UnavailableError(
      "the running system takes its rows from Kafka: say --bootstrap-servers HOST:PORT",
    );
  }
  return { sender: new SystemSender(running.system), partitions: 1, access: null, topic };
}
