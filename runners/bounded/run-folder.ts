/** The folder of a bounded run on a cluster: settings and logs of the parts it starts, and what its workers share. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messagesFolder, outcomesFolder, partialsFolder } from "../../pipeline/beam/index.js";
import { MuonitorError } from "../../pipeline/model/index.js";

const ownerFile = "owner";
const logsFolder = "logs";
const beginningMs = 5000;

export class RunFolder {
  /** For the parts; `logs` in it stays when a run fails. */
  readonly path: string;
  /** What driver and workers share. */
  readonly shared: string;
  /** Where inputs are staged. */
  readonly staged: string;

  /**
   * @param parent folder of all runs; those whose driver is gone are removed
   * @param sharedParent folder that all workers reach, when that is another
   */
  constructor(parent: string, sharedParent: string | null) {
    try {
      mkdirSync(parent, { recursive: true, mode: 0o700 });
      removeAbandoned(parent);
      this.path = mkdtempSync(join(parent, "run-"));
      writeFileSync(join(this.path, ownerFile), String(process.pid));
      this.shared =
        sharedParent === null ? join(this.path, "shared") : mkdtempSync(join(sharedParent, "muonitor-run-"));
      this.staged = join(this.shared, "staged");
      const { shared } = this;
      for (const folder of [
        this.staged,
        partialsFolder(shared),
        outcomesFolder(shared),
        messagesFolder(shared),
      ])
        mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new MuonitorError(`${parent}: cannot be written: ${(cause as Error).message}`, { cause });
    }
  }

  /** Removes everything, but keeps the logs of a run that failed until the next run. */
  remove(failed: boolean): void {
    rmSync(this.shared, { recursive: true, force: true });
    for (const name of readdirSync(this.path)) {
      if (failed && name === logsFolder) continue;
      rmSync(join(this.path, name), { recursive: true, force: true });
    }
    if (!failed) rmSync(this.path, { recursive: true, force: true });
  }
}

function removeAbandoned(parent: string): void {
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name);
    if (name.startsWith("run-") && !hasOwner(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

function hasOwner(folder: string): boolean {
  try {
    process.kill(Number(readFileSync(join(folder, ownerFile), "utf8")), 0);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A run that begins has a folder before it has a name in it.
    return code === "EPERM" || (code === "ENOENT" && Date.now() - statSync(folder).mtimeMs < beginningMs);
  }
}
