/** The options of `up --runner flink` and their interpretation. */
import { topicsOf, UsageError } from "../../pipeline/model/index.js";
import { keepAliveRules } from "../flink/keep-alive.js";
import {
  brokersOption,
  flinkMasterOption,
  kafkaSettingsOption,
  readSettings,
  workerPoolOption,
} from "./flink-options.js";
import { defaultKafkaMb, minKafkaMb } from "../services/index.js";
import type { FlinkCluster, FlinkPlan } from "../live/flink/cluster.js";
import { FlinkEngine } from "../live/flink/engine.js";
import type { LiveOptions } from "../live/live-system.js";
import { rawFormatOption } from "./layout-options.js";
import { defineOption, defineOptions, wholeNumber, type ValuesOf } from "./option.js";
import type { CliContext } from "./verb.js";

export const keepAliveOption = defineOption({
  flags: "--keep-alive <when>",
  description:
    "write an empty record to a quiet partition that ends with a transaction marker and would hold back windows; auto: " +
    "only if the topic contains text",
  choices: keepAliveRules,
  default: "auto",
});

/** Options for the services of a Flink system, whether found or started. */
export const servicesOptions = defineOptions([
  { ...brokersOption, default: undefined, defaultText: "with --runner flink its own, initially empty Kafka" },
  kafkaSettingsOption,
  { ...flinkMasterOption, default: undefined, defaultText: "with --runner flink its own Flink" },
  { ...workerPoolOption, defaultText: "with --runner flink its own pool" },
  {
    flags: "--partitions <count>",
    description: "partitions of the topic of rows if --runner flink has to create it",
    parse: wholeNumber(1, 1000),
    default: 2,
  },
  {
    flags: "--kafka-mb <MB>",
    description:
      "maximum size of all topics together if --runner flink has to start Kafka; the oldest records are deleted first",
    parse: wholeNumber(minKafkaMb, 100_000_000),
    default: defaultKafkaMb,
  },
]);

export const flinkUpOptions = defineOptions([
  ...servicesOptions,
  keepAliveOption,
  { ...rawFormatOption, defaultText: "rows; others need --runner flink --no-source" },
]);
type FlinkUpOptions = ValuesOf<typeof flinkUpOptions>;

/** @throws UsageError for an option that does not apply to the embedded system */
export function refuseFlinkOptions(options: FlinkUpOptions): void {
  const { bootstrapServers, kafkaSettings } = options;
  refuse(
    { "--bootstrap-servers": bootstrapServers, "--kafka-settings": kafkaSettings },
    " or --source kafka",
  );
  refuseFlinkServers(options);
  refuse({ "--raw-format": options.rawFormat === "rows" ? undefined : options.rawFormat }, "");
}

/** @throws UsageError for an address that requires a pipeline on Flink */
export function refuseFlinkServers({ flinkMaster, workerPool }: Partial<FlinkUpOptions>): void {
  refuse({ "--flink-master": flinkMaster, "--worker-pool": workerPool }, "");
}

function refuse(given: Readonly<Record<string, string | undefined>>, other: string): void {
  const [name] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined) throw new UsageError(`${name} needs --runner flink${other}`);
}

export function flinkPlan(
  options: FlinkUpOptions,
  common: Pick<
    FlinkPlan,
    "stream" | "detector" | "windowMs" | "muons" | "allowedLatenessMs" | "log" | "stateFolder"
  >,
  context: CliContext,
): FlinkPlan {
  if (options.kafkaSettings !== undefined && options.bootstrapServers === undefined)
    throw new UsageError("--kafka-settings needs --bootstrap-servers: a Kafka started by up has no login");
  return {
    ...common,
    bootstrapServers: options.bootstrapServers ?? null,
    kafkaSettings: readSettings(options, context),
    flinkMaster: options.flinkMaster ?? null,
    workerPool: options.workerPool ?? null,
    partitions: options.partitions,
    kafkaBytes: options.kafkaMb * 1e6,
    keepAlive: options.keepAlive,
    rawFormat: options.rawFormat,
    signal: context.signal,
  };
}

export function createFlinkEngine(cluster: FlinkCluster, live: Omit<LiveOptions, "port">): FlinkEngine {
  return new FlinkEngine({
    ...live,
    rawFormat: cluster.rawFormat,
    kafka: cluster.kafka,
    partitions: cluster.partitions,
    ...topicsOf(live.stream),
    cluster: () => cluster.state(),
    isNewKafka: cluster.isNewKafka,
    jobReads: (rawId) => cluster.jobReads(rawId),
    submit: () => cluster.submit(),
  });
}
