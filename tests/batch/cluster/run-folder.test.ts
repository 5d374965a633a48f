/** Folders of runs: gone after a run, and after a driver that was killed. */
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { MuonitorError } from "../../../pipeline/model/index.js";
import { RunFolder } from "../../../runners/batch/cluster/run-folder.js";
import { scratchFolder } from "../../helpers/scratch.js";

const scratch = scratchFolder();
/** No process can have it. */
const nobody = "4194305";

describe("the folder of a run", () => {
  it("is gone after the run, and so is a shared folder elsewhere", () => {
    const [parent, far] = [scratch.folder("runs"), scratch.folder("far")];
    const folder = new RunFolder(parent, far);
    expect(existsSync(folder.staged)).toBe(true);
    folder.remove(false);
    expect([readdirSync(parent), readdirSync(far)]).toEqual([[], []]);
  });

  it("keeps nothing but the logs of a run that failed, until the next run", () => {
    const parent = scratch.folder("failed");
    const folder = new RunFolder(parent, null);
    mkdirSync(join(folder.path, "logs"));
    folder.remove(true);
    expect(readdirSync(folder.path)).toEqual(["logs"]);
    utimesSync(folder.path, 1, 1);
    new RunFolder(parent, null).remove(true);
    expect(readdirSync(parent)).toEqual([]);
  });

  it("of a driver that was killed goes with the next run, that of one that runs stays", () => {
    const parent = scratch.folder("killed");
    const far = scratch.folder("far-away");
    const [killed, running] = [new RunFolder(parent, far), new RunFolder(parent, far)];
    writeFileSync(join(killed.path, "owner"), nobody);
    new RunFolder(parent, null).remove(false);
    for (const part of ["path", "shared"] as const)
      expect([existsSync(killed[part]), existsSync(running[part])]).toEqual([false, true]);
  });

  it("that cannot be made is one error that names it and its reason", () => {
    const file = scratch.write("file", "");
    const [parent, nowhere] = [scratch.folder("fine"), join(scratch.path, "nowhere")];
    const making = (runs: string, shared: string | null) => () => new RunFolder(runs, shared);
    const below = join(file, "runs");
    expect(making(below, null)).toThrow(
      new RegExp(`^${below}: cannot be written: part of the path is a file, not a folder$`),
    );
    expect(making(parent, nowhere)).toThrow(
      new RegExp(`^${nowhere}: cannot be written: the folder does not exist$`),
    );
    expect(making(below, null)).toThrow(MuonitorError);
    expect(readdirSync(parent)).toEqual([]);
  });
});
