/** The folder of a bounded run on a cluster: settings and logs of the services it starts, and its shared folder. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  messagesFolder,
  outcomesFolder,
  partialsFolder,
  segmentsFolder,
} from "../../../pipeline/beam/index.js";
import {
  isAlive,
  isIdentity,
  makePrivateFolder,
  ownIdentity,
  readNote,
  wrapFsError,
  writeNote,
} from "../../process/index.js";

const ownerFile = "owner";
/** Path of the shared folder if it is outside the run folder. */
const farFile = "shared-at";
const logsFolder = "logs";
const beginningMs = 5000;

export class RunFolder {
  /** For the services; its `logs` are kept when a run fails. */
  readonly path: string;
  /** Folder that driver and workers share. */
  readonly shared: string;
  /** Where inputs are staged. */
  readonly staged: string;

  /**
   * @param parent folder of all runs; folders of runs whose driver has ended are removed
   * @param sharedParent folder that all workers can access, if it differs from `parent`
   */
  constructor(parent: string, sharedParent: string | null) {
    this.path = wrapFsError(parent, () => newFolder(parent));
    try {
      this.shared = sharedParent === null ? join(this.path, "shared") : this.elsewhere(sharedParent);
      this.staged = join(this.shared, "staged");
      wrapFsError(this.shared, () => makeFolders(this.shared, this.staged));
    } catch (error) {
      rmSync(this.path, { recursive: true, force: true });
      throw error;
    }
  }

  /** Creates the shared folder elsewhere and records its path. */
  private elsewhere(parent: string): string {
    const shared = wrapFsError(parent, () => mkdtempSync(join(parent, "muonitor-run-")));
    writeFileSync(join(this.path, farFile), shared);
    return shared;
  }

  /** Removes everything, but keeps the logs of a run that failed until the next run. */
  remove(failed: boolean): void {
    rmSync(this.shared, { recursive: true, force: true });
    const keepsLogs = failed && existsSync(join(this.path, logsFolder));
    const names = readdirSync(this.path).filter((name) => !keepsLogs || name !== logsFolder);
    for (const name of names) rmSync(join(this.path, name), { recursive: true, force: true });
    if (!keepsLogs) rmSync(this.path, { recursive: true, force: true });
  }
}

function newFolder(parent: string): string {
  makePrivateFolder(parent);
  removeAbandoned(parent);
  const path = mkdtempSync(join(parent, "run-"));
  writeNote(join(path, ownerFile), ownIdentity());
  return path;
}

function makeFolders(shared: string, staged: string): void {
  const ofWorkers = [partialsFolder, outcomesFolder, messagesFolder, segmentsFolder];
  for (const folder of [staged, ...ofWorkers.map((of) => of(shared))]) makePrivateFolder(folder);
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name);
    if (!name.startsWith("run-") || hasOwner(folder)) continue;
    try {
      const far = join(folder, farFile);
      if (existsSync(far)) rmSync(readFileSync(far, "utf8"), { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      // Another process is removing it. What both leave is removed by the next run.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

function hasOwner(folder: string): boolean {
  const owner = readNote(join(folder, ownerFile));
  if (isIdentity(owner)) return isAlive(owner);
  // A new run creates its folder before it writes the owner file; one that ends may remove this file first.
  return Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0) < beginningMs;
}
