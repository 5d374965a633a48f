/** `process --save-reference`: saves the sum of a run's windows as a reference. */
import { existsSync, realpathSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NullBatches } from "../../dashboard/bridge/quality/goodness/null-batches.js";
import { addWindow, emptySum, referenceOf } from "../../dashboard/bridge/monitor/sums.js";
import {
  MuonitorError,
  type Reference,
  type WindowMessage,
  type WindowSum,
} from "../../pipeline/model/index.js";
import { cannotWrite, makePrivateFolder } from "../process/index.js";

/** Folder of the references, each in a file NAME.json. */
export function referencesFolder(stateFolder: string): string {
  return join(stateFolder, "references");
}

export function referencePath(stateFolder: string, name: string): string {
  return join(referencesFolder(stateFolder), `${name}.json`);
}

export class ReferenceKeeper {
  private sum: WindowSum | null = null;
  private readonly nullBatches = new NullBatches();
  private setUp = "default";

  /** @param source description of the origin of the rows */
  constructor(
    private readonly name: string,
    private readonly source: string,
  ) {}

  add(json: string): void {
    const message = JSON.parse(json) as WindowMessage;
    addWindow((this.sum ??= emptySum(message)), message);
    this.nullBatches.add(message);
    this.setUp = message.config_hash ?? "default";
  }

  /**
   * Writes the reference; an existing one of that name is replaced atomically.
   * @returns the path of its file
   * @throws MuonitorError when there is no window to sum, or the file cannot be written
   */
  save(stateFolder: string): string {
    const { sum } = this;
    if (sum === null) throw new MuonitorError(`reference ${this.name}: the run has no windows`);
    const made = referenceOf(sum, this.name, this.source, Date.now());
    const goodness = this.nullBatches.finish(sum.segment_chamber);
    const reference: Reference = { ...made, set_up: this.setUp, ...(goodness !== undefined && { goodness }) };
    const path = referencePath(stateFolder, this.name);
    try {
      makePrivateFolder(referencesFolder(stateFolder));
      const file = existsSync(path) ? realpathSync(path) : path;
      writeFileSync(`${file}.part`, `${JSON.stringify(reference)}\n`);
      renameSync(`${file}.part`, file);
    } catch (cause) {
      throw cannotWrite(path, cause);
    }
    return path;
  }
}
