/** The note that a running system leaves, so that other commands find it and may talk to it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MuonitorError } from "../pipeline/model/index.js";

export interface RunningSystem {
  pid: number;
  /** Address of the page and of the HTTP interface. */
  url: string;
  /** Secret that lets a command send records; readable by the user alone. */
  token: string;
  started_ms: number;
  runner: string;
  version: string;
}

const fileName = "system.json";

/** @throws MuonitorError when the folder cannot be written to */
export function writeStateFile(folder: string, system: RunningSystem): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, fileName), `${JSON.stringify(system)}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new MuonitorError(`${folder}: cannot be written: ${(cause as Error).message}`, { cause });
  }
}

/** What the newest system has written; null when there is nothing readable. */
export function readStateFile(folder: string): RunningSystem | null {
  try {
    return JSON.parse(readFileSync(join(folder, fileName), "utf8")) as RunningSystem;
  } catch {
    return null;
  }
}

export function removeStateFile(folder: string): void {
  rmSync(join(folder, fileName), { force: true });
}
