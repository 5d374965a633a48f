/** `bridge`: serves the page and the HTTP interface for the windows in a Kafka topic, whichever system writes them. */
import { randomBytes } from "node:crypto";
import { topicsOf } from "../../pipeline/model/index.js";
import { asAdmin, requireTopic } from "../kafka/index.js";
import { builtFile } from "../paths.js";
import { bridgeOptions, bridgePlan, openStore } from "./bridge-options.js";
import { LiveSystem, type LiveOptions } from "../live/live-system.js";
import { TopicEngine } from "../live/topic-engine.js";
import { chooseDetector, detectorOption } from "./detector-file.js";
import { brokersOption, flinkMasterOption, kafkaSettingsOption, readSettings } from "./flink-options.js";
import { withServers } from "./find-servers.js";
import { keepAliveOption } from "./flink-up.js";
import { referencesFolder } from "./references.js";
import {
  foundStreamOption,
  hostOption,
  pagePortOption,
  stateFolder,
  stateFolderOption,
} from "./system-options.js";
import { untilAborted } from "../process/index.js";
import { defineOptions, wholeNumber, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

/** One day of 5 s windows. */
export const defaultLastMessages = 17_280;

const serveOptions = defineOptions([
  brokersOption,
  kafkaSettingsOption,
  {
    ...flinkMasterOption,
    description: "REST interface of the Flink cluster; the page then names hosts whose TaskManagers are lost",
    defaultText: "none",
  },
  {
    flags: "--topic <name>",
    description: "topic of the window messages",
    defaultText: "that of the stream",
  },
  foundStreamOption,
  { ...keepAliveOption, default: "never" },
  {
    flags: "--last-messages <count>",
    description: "number of messages per partition to read at the first start",
    parse: wholeNumber(0, 10_000_000),
    default: defaultLastMessages,
  },
  hostOption,
  { ...pagePortOption, default: 8080 },
  detectorOption,
  ...bridgeOptions,
  stateFolderOption,
]);
type ServeOptions = ValuesOf<typeof serveOptions>;

export const bridgeVerb = defineVerb({
  name: "bridge",
  summary: "serve the page for the windows of a Kafka topic",
  description: `Reads a topic of window messages, judges them and serves the page and the HTTP interface, until Ctrl-C. It
stores its state: after a restart it resumes where it stopped, with all alarms, references and runs.`,
  options: serveOptions,
  examples: [
    "muonitor bridge --bootstrap-servers kafka:9092 --flink-master flink:8081",
    "muonitor bridge --host 0.0.0.0 --allow-host monitor.example --token-file token",
  ],
  run: serve,
});

async function serve(given: ServeOptions, context: CliContext): Promise<number> {
  const options = withServers(given, ["bootstrapServers"], context);
  const { system, url } = await startTopicSystem(options, randomToken(), context);
  try {
    context.stdout.write(`Muonitor shows ${options.stream} at ${options.publicUrl ?? url}\n`);
    await untilAborted(context.signal);
    return 0;
  } finally {
    await system.close();
  }
}

export type TopicSystemOptions = ServeOptions & { bootstrapServers: string; stream: string };

/** @param token access token for commands of the user who runs the system */
export async function startTopicSystem(
  options: TopicSystemOptions,
  token: string,
  context: CliContext,
): Promise<{ system: LiveSystem; url: string }> {
  const { bootstrapServers, stream, lastMessages, host, port } = options;
  const { topic = topicsOf(stream).cleanTopic } = options;
  const { log, signal } = context;
  const kafka = { bootstrapServers, kafkaSettings: readSettings(options, context) };
  await asAdmin({ ...kafka, signal }, (admin) => requireTopic(admin, topic));
  const detector = options.detector === undefined ? {} : { detector: options.detector };
  const folder = stateFolder(options, context);
  const engine = new TopicEngine({
    ...{ kafka, topic, stream, lastMessages, log: log.warn },
    watch:
      options.topic === undefined
        ? { rawTopic: topicsOf(stream).rawTopic, keepAlive: options.keepAlive }
        : null,
    flinkMaster: options.flinkMaster ?? null,
  });
  const bridge = bridgePlan(options, context);
  const live: LiveOptions = {
    ...chooseDetector(detector, context),
    ...{ source: null, stream, host, port, log: log.warn },
    allowedLatenessMs: 0,
    pageFolder: builtFile("page"),
    tokens: { own: token, bridge: bridge.token },
    bridge: { ...bridge, referencesFolder: referencesFolder(folder) },
    openStore: () => openStore(options, { stream, demo: false, stateFolder: folder }, context),
  };
  const system = new LiveSystem(live, engine);
  try {
    return { system, url: await system.start() };
  } catch (error) {
    await system.close();
    throw error;
  }
}

export function randomToken(): string {
  return randomBytes(24).toString("base64url");
}
