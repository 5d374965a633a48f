/** Default addresses of Kafka, Flink and workers: those of the running system, found in the state folder. */
import { resolve } from "node:path";
import { defaultStream } from "../../pipeline/model/index.js";
import { readStateFile, type SystemServers } from "../system/note.js";
import { findServices } from "../services/background.js";
import { stateFolder } from "./system-options.js";
import type { CliContext } from "./verb.js";

/** The addresses if no running system is found. */
export const usualServers = {
  bootstrapServers: "127.0.0.1:9092",
  flinkMaster: "127.0.0.1:8081",
  workerPool: "127.0.0.1:50000",
};

type Server = keyof typeof usualServers;

const names: Record<Server, string> = {
  bootstrapServers: "Kafka",
  flinkMaster: "Flink",
  workerPool: "workers",
};

interface FoundServers extends Partial<SystemServers> {
  /** Description of the servers' origin. */
  where: string;
}

/** The servers of the running system, or the services that `init` has started; null if there are none. */
export function findServers(folder: string): FoundServers | null {
  const system = readStateFile(folder);
  if (system?.servers !== undefined) return { ...system.servers, where: `the system at ${system.url}` };
  const parts = findServices(folder);
  if (parts === null) return null;
  const { bootstrapServers, flinkMaster, workerPool } = parts;
  return { bootstrapServers, flinkMaster, workerPool, where: "muonitor init" };
}

interface ServerOptions extends Partial<Record<Server, string>> {
  stateDir: string;
  kafkaSettings?: string;
  stream?: string;
}

/**
 * Fills in the addresses that no option sets, and the stream name of their system. One log line reports them.
 */
export function withServers<Options extends ServerOptions, Wanted extends Server>(
  options: Options,
  wanted: readonly Wanted[],
  context: CliContext,
): Options & Record<Wanted, string> & { stream: string } {
  const { log, folder } = context;
  const missing = wanted.filter((server) => options[server] === undefined);
  const state = stateFolder(options, context);
  const found = missing.length === 0 ? null : findServers(state);
  const { stream = found?.stream ?? defaultStream } = options;
  const filled = Object.fromEntries(
    missing.map((server) => [server, found?.[server] ?? usualServers[server]]),
  ) as Record<Wanted, string>;
  const notes = missing.flatMap((server) => {
    const address = found?.[server];
    return address === undefined ? [] : [`${names[server]} at ${address}`];
  });
  if (found !== null && notes.length > 0) log.info(`using ${notes.join(", ")} of ${found.where}`);
  const system = found === null && missing.length > 0 ? readStateFile(state) : null;
  if (system?.runner === "embedded") {
    const tried = missing.map((server) => `${names[server]} at ${filled[server]}`).join(", ");
    log.info(`the system at ${system.url} is embedded and has no servers; trying ${tried}`);
  }
  const takesLogin = missing.some((server) => server === "bootstrapServers");
  const login =
    takesLogin && options.kafkaSettings === undefined && found?.kafkaSettings !== undefined
      ? { kafkaSettings: resolve(folder, found.kafkaSettings) }
      : {};
  return { ...options, ...filled, ...login, stream };
}
