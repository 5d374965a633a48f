/** `up --source kafka`: serves the page for windows of another system's Kafka; `status` and `down` work as usual. */
import { UsageError } from "../../pipeline/model/index.js";
import { untilAborted } from "../process/index.js";
import { lockSystem, writeStateFile } from "../system/note.js";
import { version } from "../version.js";
import { defaultLastMessages, randomToken, startTopicSystem, type TopicSystemOptions } from "./bridge.js";
import { refuseFlinkServers } from "./flink-up.js";
import { serversOf } from "./flink-options.js";
import { stateFolder } from "./system-options.js";
import type { CliContext } from "./verb.js";

type Options = Omit<TopicSystemOptions, "bootstrapServers" | "lastMessages" | "topic"> & {
  bootstrapServers?: string;
  runner: string;
  flinkMaster?: string;
  workerPool?: string;
};

/** @throws UsageError for options of a system that makes its own windows */
export async function showTopic(options: Options, context: CliContext): Promise<number> {
  const { bootstrapServers } = options;
  if (options.runner === "flink")
    throw new UsageError(
      "--source kafka shows windows that another system makes; to process rows in Kafka, use --runner flink --no-source",
    );
  refuseFlinkServers(options);
  if (bootstrapServers === undefined)
    throw new UsageError("--source kafka needs --bootstrap-servers HOST:PORT");
  const folder = stateFolder(options, context);
  const release = lockSystem(folder);
  try {
    return await showUntilStopped(
      // Topics of other systems are never written to.
      { ...options, bootstrapServers, lastMessages: defaultLastMessages, keepAlive: "never" },
      folder,
      context,
    );
  } finally {
    release();
  }
}

async function showUntilStopped(
  options: TopicSystemOptions,
  folder: string,
  context: CliContext,
): Promise<number> {
  const { log, stdout, signal } = context;
  const token = randomToken();
  const { system, url } = await startTopicSystem(options, token, context);
  let forget = (): void => undefined;
  try {
    const { started_ms, runner, source } = system.status();
    const servers = serversOf(options, {}, context);
    forget = writeStateFile(folder, { url, token, started_ms, runner, version, servers });
    stdout.write(`Muonitor is live at ${url}\n`);
    log.info(`source: ${source}`);
    log.info("press Ctrl-C to stop");
    await untilAborted(signal);
    log.info("stopping");
    return 0;
  } finally {
    await system.close();
    forget();
  }
}
