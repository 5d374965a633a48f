/** Processes that outlive the command that started them, and how other commands find and end them. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { UnavailableError } from "../../pipeline/model/index.js";
import {
  isAlive,
  isIdentity,
  lockOrRefuse,
  lockOwner,
  readNote,
  removeNote,
  signalProcess,
  waitFor,
  writeOwnNote,
  type Identity,
  type Release,
} from "../process/index.js";

/** Services started by `init`, for later commands. */
export interface ServicesNote extends Identity, ServiceAddresses {}

/** HOST:PORT of each. */
export interface ServiceAddresses {
  bootstrapServers: string;
  flinkMaster: string;
  workerPool: string;
}

const pollMs = 50;
const partsFile = "parts.json";
const partsLock = "parts.lock";
const beatFile = /^beat-\d+\.json$/;

/**
 * Reserves the data of Kafka and Flink in a state folder for one process, from before their start until after their
 * end.
 * @throws UnavailableError while another process holds it
 */
export function lockServices(folder: string): Release {
  return lockOrRefuse(
    join(folder, partsLock),
    ({ pid }) =>
      `process ${pid} runs Kafka and Flink in ${folder}: stop it with muonitor down or muonitor dismiss, or use another --state-dir`,
  );
}

/** The process that runs Kafka and Flink in a state folder, also while starting or stopping them. */
export function servicesOwner(folder: string): Identity | null {
  return lockOwner(join(folder, partsLock));
}

/** @returns function that removes the note */
export function writeServicesNote(folder: string, addresses: ServiceAddresses): () => void {
  return writeOwnNote(join(folder, partsFile), addresses);
}

export function removeServicesNote(folder: string): void {
  removeNote(join(folder, partsFile));
}

/** The services running in the background; null if there are none. */
export function findServices(folder: string): ServicesNote | null {
  const note = readNote(join(folder, partsFile));
  return isIdentity(note) && isAlive(note) ? (note as ServicesNote) : null;
}

/** Lets `halt` find a running `beat`. @returns function that removes the note */
export function noteBeat(folder: string): () => void {
  return writeOwnNote(join(folder, `beat-${process.pid}.json`), {});
}

/** The running processes of `beat`. */
export function findBeats(folder: string): Identity[] {
  const beats: Identity[] = [];
  for (const name of filesIn(folder).filter((file) => beatFile.test(file))) {
    const note = readNote(join(folder, name));
    if (isIdentity(note) && isAlive(note)) beats.push({ pid: note.pid, started: note.started });
    else removeNote(join(folder, name));
  }
  return beats;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Asks a process to end and waits for it. @throws UnavailableError on timeout */
export async function endProcess(identity: Identity, graceMs: number, signal?: AbortSignal): Promise<void> {
  if (!signalProcess(identity, "SIGTERM")) return;
  const ended = await waitFor(() => !isAlive(identity), { everyMs: pollMs, withinMs: graceMs, signal });
  if (ended !== null) return;
  throw new UnavailableError(
    `process ${identity.pid} has not stopped within ${graceMs / 1000} s: end it with kill -9 ${identity.pid}`,
  );
}
