/** Lock and note of a running system: only one system uses a state folder, and other commands find it. */
import { join } from "node:path";
import {
  isAlive,
  isIdentity,
  lockOrRefuse,
  lockOwner,
  readNote,
  removeNote,
  writeOwnNote,
  type Identity,
  type Release,
} from "../process/index.js";

export interface RunningSystem extends Identity {
  /** Address of the page and of the HTTP interface. */
  url: string;
  /** Secret that authorises a command to send records; readable by the user only. */
  token: string;
  started_ms: number;
  runner: string;
  version: string;
  /** Its servers; absent for a single-process system. */
  servers?: SystemServers;
}

/** Addresses for commands that use the same servers: HOST:PORT, several brokers separated by commas. */
export interface SystemServers {
  stream: string;
  bootstrapServers: string;
  /** File with Kafka client settings. */
  kafkaSettings?: string;
  flinkMaster?: string;
  workerPool?: string;
}

export const noteFile = "system.json";
const lockFile = "system.lock";

/**
 * Reserves a state folder for one system from start to end.
 * @throws UnavailableError while another system holds it, MuonitorError when the folder is not writable
 */
export function lockSystem(folder: string): Release {
  return lockOrRefuse(join(folder, lockFile), (owner) => {
    const system = readStateFile(folder);
    const where =
      system?.pid === owner.pid ? `already running at ${system.url}` : "already starting or stopping";
    return `${where} (process ${owner.pid}): stop it with muonitor down, or use another --state-dir`;
  });
}

/** The process of the system in a state folder, also during start and stop; null when there is none. */
export function systemOwner(folder: string): Identity | null {
  return lockOwner(join(folder, lockFile)) ?? readStateFile(folder);
}

/**
 * Publishes the addresses of this system to other commands. @returns function that removes the note
 * @throws MuonitorError when the folder cannot be written to
 */
export function writeStateFile(folder: string, system: Omit<RunningSystem, keyof Identity>): () => void {
  return writeOwnNote(join(folder, noteFile), system);
}

/** The note of the running system; null when it has none, or has ended. */
export function readStateFile(folder: string): RunningSystem | null {
  const note = readNote(join(folder, noteFile));
  return isIdentity(note) && isAlive(note) ? (note as RunningSystem) : null;
}

export function removeStateFile(folder: string): void {
  removeNote(join(folder, noteFile));
}
