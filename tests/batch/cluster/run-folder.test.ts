/** Folders of runs are removed after the run; those of a killed driver are removed by the next run. */
import fs, { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MuonitorError } from "../../../pipeline/model/index.js";
import { RunFolder } from "../../../runners/batch/cluster/run-folder.js";
import { scratchFolder } from "../../helpers/scratch.js";

const scratch = scratchFolder();
/** Not running: no process can have this PID. */
const deadOwner = JSON.stringify({ pid: 4194305, started: "" });

describe("the folder of a run", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });

  it("is removed after the run, together with its shared folder", () => {
    const [parent, far] = [scratch.folder("runs"), scratch.folder("far")];
    const folder = new RunFolder(parent, far);
    expect(existsSync(folder.staged)).toBe(true);
    folder.remove(false);
    expect([readdirSync(parent), readdirSync(far)]).toEqual([[], []]);
  });

  it("keeps only the logs after a failed run, until the next run", () => {
    const parent = scratch.folder("failed");
    const folder = new RunFolder(parent, null);
    mkdirSync(join(folder.path, "logs"));
    folder.remove(true);
    expect(readdirSync(folder.path)).toEqual(["logs"]);
    utimesSync(folder.path, 1, 1);
    new RunFolder(parent, null).remove(true);
    expect(readdirSync(parent)).toEqual([]);
  });

  it("of a killed driver is removed by the next run; that of a running driver stays", () => {
    const parent = scratch.folder("killed");
    const far = scratch.folder("far-away");
    const [killed, running] = [new RunFolder(parent, far), new RunFolder(parent, far)];
    writeFileSync(join(killed.path, "owner"), deadOwner);
    new RunFolder(parent, null).remove(false);
    for (const part of ["path", "shared"] as const)
      expect([existsSync(killed[part]), existsSync(running[part])]).toEqual([false, true]);
  });

  it("is left to another process that is already removing it", () => {
    const parent = scratch.folder("contested");
    const killed = new RunFolder(parent, null);
    writeFileSync(join(killed.path, "owner"), deadOwner);
    const removal = vi.spyOn(fs, "rmSync").mockImplementationOnce((path) => {
      expect(path).toBe(killed.path);
      readdirSync(join(killed.path, "gone"));
    });
    syncBuiltinESMExports();
    new RunFolder(parent, null).remove(false);
    expect(removal).toHaveBeenCalledWith(killed.path, { recursive: true, force: true });
  });

  it("without an owner file is new or being removed, and stays for the first seconds", () => {
    const parent = scratch.folder("new");
    const [started, old] = [new RunFolder(parent, null), new RunFolder(parent, null)];
    for (const { path } of [started, old]) rmSync(join(path, "owner"));
    utimesSync(old.path, 1, 1);
    new RunFolder(parent, null).remove(false);
    expect([started, old].map(({ path }) => existsSync(path))).toEqual([true, false]);
  });

  it("that cannot be created gives one error with its path and the reason", () => {
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
