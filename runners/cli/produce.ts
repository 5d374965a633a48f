/** `produce`: rows from a source into the topic of a running system, or into Kafka. */
import { setInterval as every } from "node:timers";
import { topicsOf, UnavailableError } from "../../pipeline/model/index.js";
import {
  startProduction,
  type Production,
  type ProductionStats,
  type RecordSender,
} from "../../producer/index.js";
import { KafkaSender, partitionsOf } from "../kafka/index.js";
import { findSystem, SystemSender } from "../system-client.js";
import { brokersOption, kafkaSettingsOption, readSettings } from "./flink-options.js";
import { chooseSource, sourceOptions, type SourceOptions } from "./source-options.js";
import { stateFolder, stateFolderOption, streamOption } from "./system-options.js";
import { wholeNumber, type CliContext, type OptionValues, type Verb } from "./verb.js";

interface ProduceOptions extends SourceOptions {
  bootstrapServers?: string;
  kafkaSettings?: string;
  stream: string;
  topic?: string;
  limit?: number;
  stateDir: string;
}

const progressIntervalMs = 1000;

export const produceVerb: Verb = {
  name: "produce",
  summary: "send rows to the running system",
  description: `Sends rows of files or of the simulator to the topic data_raw of the embedded system that muonitor up has
started, or to a topic of Kafka. Every row is acknowledged or reported; the last line tells how many were.`,
  options: [
    ...sourceOptions,
    { ...brokersOption, default: undefined, defaultText: "the running embedded system instead of Kafka" },
    streamOption,
    { flags: "--topic <name>", description: "topic of Kafka", defaultText: "that of the stream" },
    kafkaSettingsOption,
    {
      flags: "--limit <rows>",
      description: "end after so many rows",
      parse: wholeNumber(1, Number.MAX_SAFE_INTEGER),
    },
    stateFolderOption,
  ],
  examples: [
    "muonitor produce --input run12.txt --rate 0",
    "muonitor produce --source simulator --limit 100000 --rate 20000",
    "muonitor produce --input run12.txt --bootstrap-servers kafka:9092",
  ],
  run: (options, context) => produce(options as OptionValues & ProduceOptions, context),
};

async function produce(options: ProduceOptions, context: CliContext): Promise<number> {
  const { sender, partitions } = await chooseTarget(options, context);
  try {
    const source = await chooseSource(options, context);
    const production = startProduction({
      source: source.rows,
      sender,
      id: `${source.id}-${process.pid}`,
      partitions,
      rateHz: source.rateHz,
      rowsPerMessage: source.rowsPerMessage,
      ...(options.limit === undefined ? {} : { limit: options.limit }),
    });
    await follow(production, context);
    return 0;
  } finally {
    await sender.close();
  }
}

/** Where the rows go: to Kafka when brokers are named, else to the running system. */
async function chooseTarget(
  options: ProduceOptions,
  context: CliContext,
): Promise<{ sender: RecordSender; partitions: number }> {
  const { bootstrapServers, topic = topicsOf(options.stream).rawTopic } = options;
  if (bootstrapServers !== undefined) {
    const access = { bootstrapServers, kafkaSettings: readSettings(options, context) };
    const partitions = await partitionsOf(access, topic);
    return { sender: new KafkaSender({ ...access, topic }), partitions };
  }
  const running = await findSystem(stateFolder(options, context));
  if (running === null)
    throw new UnavailableError("no system is running: start one with muonitor up --no-source");
  if (running.status.runner !== "embedded") {
    throw new UnavailableError(
      "the running system takes its rows from Kafka: say --bootstrap-servers HOST:PORT",
    );
  }
  return { sender: new SystemSender(running.system), partitions: 1 };
}

/** Shows how far a production is, until it ends by itself or by Ctrl-C. */
async function follow(production: Production, context: CliContext): Promise<void> {
  const stop = (): void => void production.stop();
  context.signal.addEventListener("abort", stop, { once: true });
  const timer = every(
    () => context.stderr.write(progressText(production.stats(), context)),
    progressIntervalMs,
  );
  try {
    await production.done;
  } finally {
    clearInterval(timer);
    context.signal.removeEventListener("abort", stop);
    report(production, context);
  }
}

function progressText(stats: ProductionStats, { stderr }: CliContext): string {
  const isTerminal = "isTTY" in stderr && stderr.isTTY === true;
  if (!isTerminal) return `${JSON.stringify(stats)}\n`;
  const size = (stats.bytes / 1e6).toFixed(1);
  return `\r\u001b[2K${stats.rows.toLocaleString("en")} rows, ${Math.round(stats.rateHz).toLocaleString("en")} rows/s, ${size} MB`;
}

function report(production: Production, { stderr }: CliContext): void {
  const { rows, messages, retries, undeliveredRows } = production.stats();
  const lost = undeliveredRows > 0 ? `; ${undeliveredRows} rows were read but NOT accepted` : "";
  const again = retries > 0 ? `, ${retries} sends repeated` : "";
  const isTerminal = "isTTY" in stderr && stderr.isTTY === true;
  stderr.write(
    `${isTerminal ? "\r\u001b[2K" : ""}${rows} rows in ${messages} messages accepted${again}${lost}\n`,
  );
}
