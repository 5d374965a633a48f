/** Where `produce` sends its rows: Kafka, or the embedded system that runs. */
import { defaultStream, topicsOf, UnavailableError } from "../../pipeline/model/index.js";
import { KafkaSender, partitionsOf } from "../kafka/index.js";
import { findSystem, SystemSender } from "../system/client.js";
import type { Target } from "../produce/target-topic.js";
import { findServers, withServers } from "./find-servers.js";
import { readSettings } from "./flink-options.js";
import { stateFolder } from "./system-options.js";
import type { CliContext } from "./verb.js";

interface TargetOptions {
  bootstrapServers?: string;
  kafkaSettings?: string;
  stream?: string;
  topic?: string;
  stateDir: string;
}

/** To Kafka when brokers are named, else to the running system, or to the Kafka of `init`. */
export async function chooseTarget(options: TargetOptions, context: CliContext): Promise<Target> {
  const { bootstrapServers, topic = topicsOf(options.stream ?? defaultStream).rawTopic } = options;
  if (bootstrapServers !== undefined) return kafkaTarget(options, context);
  const folder = stateFolder(options, context);
  const running = await findSystem(folder);
  if (running?.status.runner === "embedded")
    return { sender: new SystemSender(running.system), partitions: 1, access: null, topic };
  if (findServers(folder) !== null) return kafkaTarget(options, context);
  if (running !== null)
    throw new UnavailableError(
      `the system at ${running.system.url} shows a topic that others fill: say --bootstrap-servers HOST:PORT`,
    );
  throw new UnavailableError("no system is running: start one with muonitor up --no-source");
}

async function kafkaTarget(options: TargetOptions, context: CliContext): Promise<Target> {
  const found = withServers(options, ["bootstrapServers"], context);
  const { bootstrapServers, topic = topicsOf(found.stream).rawTopic } = found;
  const access = { bootstrapServers, kafkaSettings: readSettings(found, context) };
  const partitions = await partitionsOf({ ...access, signal: context.signal }, topic);
  return { sender: new KafkaSender({ ...access, topic }), partitions, access, topic };
}
