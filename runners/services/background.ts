/** Processes that outlive the command that started them: how other commands find and end them. */
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

/** What `init` has started, for the verbs after it. */
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
 * Keeps the data of Kafka and Flink in a state folder for one process, from before their start until after their end.
 * @throws UnavailableError while another process has it
 */
export function lockServices(folder: string): Release {
  return lockOrRefuse(
    join(folder, partsLock),
    ({ pid }) =>
      `process ${pid} runs Kafka and Flink in ${folder}: stop it with muonitor down or muonitor dismiss, or use another --state-dir`,
  );
}

/** The process that runs Kafka and Flink in a state folder, also while it starts or stops them. */
export function servicesOwner(folder: string): Identity | null {
  return lockOwner(join(folder, partsLock));
}

/** @returns how to remove it */
export function writeServicesNote(folder: string, addresses: ServiceAddresses): () => void {
  return writeOwnNote(join(folder, partsFile), addresses);
}

export function removeServicesNote(folder: string): void {
  removeNote(join(folder, partsFile));
}

/** The parts that run in the background; null when there are none. */
export function findServices(folder: string): ServicesNote | null {
  const note = readNote(join(folder, partsFile));
  return isIdentity(note) && isAlive(note) ? (note as ServicesNote) : null;
}

/** Lets `halt` find a running `beat`. @returns how to remove the note */
export function noteBeat(folder: string): () => void {
  return writeOwnNote(join(folder, `beat-${process.pid}.json`), {});
}

/** The processes of `beat` that run. */
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

/** Asks a process to end and waits until it has. @throws UnavailableError when it takes too long */
export async function endProcess(identity: Identity, graceMs: number, signal?: AbortSignal): Promise<void> {
  if (!signalProcess(identity, "SIGTERM")) return;
  const ended = await waitFor(() => !isAlive(identity), { everyMs: pollMs, withinMs: graceMs, signal });
  if (ended !== null) return;
  throw new UnavailableError(
    `process ${identity.pid} has not stopped within ${graceMs / 1000} s: kill -9 ${identity.pid} ends it`,
  );
}
