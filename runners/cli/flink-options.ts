/** Options that the verbs about a Flink cluster and its job share. */
import { resolve } from "node:path";
import { UsageError } from "../../pipeline/model/index.js";
import { isOf, jobNameOf } from "../flink/job-name.js";
import { hasEnded, type FlinkJob, type FlinkRest } from "../flink/rest.js";
import { readProperties } from "../kafka/properties.js";
import type { SystemServers } from "../system/note.js";
import { usualServers } from "./find-servers.js";
import { secretFile } from "./secret-file.js";
import { streamOption } from "./system-options.js";
import { defineOption, defineOptions, type ValuesOf } from "./option.js";
import type { CliContext } from "./verb.js";

export const flinkMasterOption = defineOption({
  flags: "--flink-master <host:port>",
  description: "REST interface of the Flink cluster",
  parse: hostAndPort,
  defaultText: `that of the running system, else ${usualServers.flinkMaster}`,
});

export const workerPoolOption = defineOption({
  flags: "--worker-pool <host:port>",
  description: "address at which the TaskManagers reach the worker pool (muonitor worker)",
  parse: hostAndPort,
  defaultText: `that of the running system, else ${usualServers.workerPool}`,
});

/** For help texts. */
export const jobNameText = "muonitor, or muonitor-NAME with --stream NAME";

export const jobOptions = defineOptions([
  {
    flags: "--job <id>",
    description: "id or name of the job, as shown by muonitor jobs",
    parse: jobId,
    defaultText: "the job of --stream, else the only job that has not ended",
  },
  {
    ...streamOption,
    description: `name of the telescope that the job serves; the job is called ${jobNameText}`,
    default: undefined,
    defaultText: "any",
  },
]);

export const brokersOption = defineOption({
  flags: "--bootstrap-servers <host:port,...>",
  description: "Kafka bootstrap brokers",
  parse: (text) => text.split(",").map(hostAndPort).join(","),
  defaultText: `those of the running system, else ${usualServers.bootstrapServers}`,
});

export const kafkaSettingsOption = defineOption({
  flags: "--kafka-settings <file>",
  description:
    "properties file with more settings of the Kafka clients, such as SASL and TLS; its values are never shown",
});

/**
 * The settings of that file; empty without a file. Paths of key stores are resolved against the caller's folder, as in
 * Kafka's own tools, because the job's processes run in other folders.
 */
export function readSettings(
  { kafkaSettings }: { kafkaSettings?: string },
  { folder }: CliContext,
): ReadonlyMap<string, string> {
  const settings =
    kafkaSettings === undefined ? [] : readProperties(secretFile("--kafka-settings", kafkaSettings, folder));
  return new Map(
    [...settings].map(([key, value]) => [key, key.endsWith(".location") ? resolve(folder, value) : value]),
  );
}

/** The options with the servers of a system, for other commands. */
export function serversOf(
  {
    stream,
    bootstrapServers,
    kafkaSettings,
  }: { stream: string; bootstrapServers: string; kafkaSettings?: string },
  flink: { flinkMaster?: string; workerPool?: string },
  { folder }: CliContext,
): SystemServers {
  const login = kafkaSettings === undefined ? {} : { kafkaSettings: resolve(folder, kafkaSettings) };
  return { stream, bootstrapServers, ...login, ...flink };
}

function hostAndPort(text: string): string {
  const port = Number(/^[^\s:/]+:(\d{1,5})$/.exec(text.trim())?.[1]);
  if (port >= 1 && port <= 65535) return text.trim();
  const form = text.includes("://") ? 'HOST:PORT without "http://"' : "HOST:PORT";
  throw new Error(`must be ${form}, not "${text}"`);
}

function jobId(text: string): string {
  if (/^[0-9a-f]{32}$/.test(text)) return text;
  throw new Error(`must be 32 hexadecimal digits, not "${text}"`);
}

/** The job selected by id or stream; without either, the only job that has not ended. */
export async function chooseJob(
  rest: FlinkRest,
  { job: id, stream }: ValuesOf<typeof jobOptions>,
): Promise<FlinkJob> {
  if (id !== undefined) return rest.job(id);
  const running = (await rest.jobs()).filter((job) => !hasEnded(job));
  const chosen = running.filter((job) => isOf(stream, job));
  const [only] = chosen;
  const names = running.map(({ name }) => name).join(", ");
  if (only === undefined) {
    const what = stream === undefined || running.length === 0 ? "no job" : `no job ${jobNameOf(stream)}`;
    throw new UsageError(
      `${what} runs at ${rest.master}${running.length === 0 ? "" : ` (running: ${names})`}`,
    );
  }
  if (chosen.length > 1)
    throw new UsageError(
      `${chosen.length} jobs run at ${rest.master} (${names}): select one with --stream or --job`,
    );
  return only;
}
