/** The lock and the note of a running system, so that one system uses a state folder and other commands find it. */
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
  /** Secret that lets a command send records; readable by the user alone. */
  token: string;
  started_ms: number;
  runner: string;
  version: string;
  /** What it works with; absent for a system that is one process. */
  servers?: SystemServers;
}

/** Addresses for the commands that work with the same servers: HOST:PORT, several brokers separated by commas. */
export interface SystemServers {
  stream: string;
  bootstrapServers: string;
  /** File with the settings of Kafka's clients. */
  kafkaSettings?: string;
  flinkMaster?: string;
  workerPool?: string;
}

const noteFile = "system.json";
const lockFile = "system.lock";

/**
 * Keeps a state folder for one system, from its first moment until its end.
 * @throws UnavailableError while another system has it, MuonitorError when the folder cannot be written to
 */
export function lockSystem(folder: string): Release {
  return lockOrRefuse(join(folder, lockFile), (owner) => {
    const system = readStateFile(folder);
    const where =
      system?.pid === owner.pid ? `already running at ${system.url}` : "already starting or stopping";
    return `${where} (process ${owner.pid}): stop it with muonitor down, or use another --state-dir`;
  });
}

/** The process of the system in a state folder, also while it starts or stops; null when there is none. */
export function systemOwner(folder: string): Identity | null {
  return lockOwner(join(folder, lockFile)) ?? readStateFile(folder);
}

/**
 * Tells other commands where this system is. @returns how to remove the note
 * @throws MuonitorError when the folder cannot be written to
 */
export function writeStateFile(folder: string, system: Omit<RunningSystem, keyof Identity>): () => void {
  return writeOwnNote(join(folder, noteFile), system);
}

/** What the running system has written; null when it has not, or has ended. */
export function readStateFile(folder: string): RunningSystem | null {
  const note = readNote(join(folder, noteFile));
  return isIdentity(note) && isAlive(note) ? (note as RunningSystem) : null;
}

export function removeStateFile(folder: string): void {
  removeNote(join(folder, noteFile));
}
