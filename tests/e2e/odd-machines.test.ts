/** Unusual users and machines: each case runs the built program in its own process. */
import { spawn } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { startNode, userEnvironment } from "../cli/real-process.js";
import { examplesFolder } from "../golden/pairs.js";
import { buildWithPage } from "../helpers/build.js";
import { cloneTo } from "../helpers/clone.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();
const input = join(examplesFolder, "few-rows.txt");
const program = join(root, "infra", "muonitor.js");

/** Windows of a JSON Lines file as text, without the wall-clock key. */
function windowsIn(path: string): string {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  return lines
    .map((line) => JSON.stringify({ ...(JSON.parse(line) as object), emitted_ms: undefined }))
    .join("\n");
}
/** Compares without printing the 50 KB of the expected result on failure. */
const gives = (path: string): boolean =>
  windowsIn(path) === windowsIn(join(examplesFolder, "few-rows.windows.jsonl"));

it("runs from a clone in a folder with a space and é, under the C locale", async () => {
  const clone = join(scratch.path, "mit Leerzeichen und é");
  mkdirSync(clone);
  await cloneTo(clone);
  const output = join(clone, "windows.jsonl");
  const args = [
    join(clone, "infra", "muonitor.js"),
    "process",
    "--no-muons",
    "--input",
    input,
    "--output",
    output,
  ];
  const run = startNode(args, clone, { LC_ALL: "C", LANG: "C" });
  expect(await run.ended).toBe(0);
  expect(gives(output)).toBe(true);
}, 240_000);

/** A user id without an account, as in containers. */
const stranger = 54_321;

/** Only root can become that user; the clone and the temporary folder must be accessible to others. */
const isRoot = process.getuid?.() === 0;
const isOpen = [...above(root), tmpdir()].every((folder) => (statSync(folder).mode & 0o005) === 0o005);
const reason = isRoot ? "others cannot read this clone" : "only root can become another user";
const skipped = !(isRoot && isOpen);

function above(folder: string): string[] {
  return dirname(folder) === folder ? [folder] : [folder, ...above(dirname(folder))];
}

describe.skipIf(skipped)(
  `a user without a home folder and without write permission on the clone${skipped ? ` (skipped: ${reason})` : ""}`,
  () => {
    const home = scratch.folder("stranger");

    beforeAll(async () => {
      await buildWithPage();
      chmodSync(scratch.path, 0o711);
      chownSync(home, stranger, stranger);
    });

    /** With a umask of 077 and without HOME. */
    function start(args: readonly string[]): {
      output: () => string;
      pid: number;
      interrupt: () => void;
      ended: Promise<number>;
    } {
      const env = userEnvironment();
      delete env["HOME"];
      delete env["MUONITOR_STATE_DIR"];
      const command = ["-c", 'umask 077; exec "$@"', "sh", process.execPath, program, ...args];
      const child = spawn("/bin/sh", command, { cwd: home, env, uid: stranger, gid: stranger });
      onTestFinished(() => void child.kill("SIGKILL"));
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (text: string) => (output += text));
      const ended = new Promise<number>((resolve) => child.once("close", (code) => resolve(code ?? -1)));
      return { output: () => output, pid: child.pid!, interrupt: () => child.kill("SIGINT"), ended };
    }

    it("gets windows of files", async () => {
      const output = join(home, "windows.jsonl");
      const run = start(["process", "--no-muons", "--input", input, "--output", output]);
      expect([await run.ended, run.output()]).toEqual([0, expect.stringContaining("3 windows of 74 rows")]);
      expect(gives(output)).toBe(true);
    });

    it("gets the page, with its own private state folder, in 400 MB of memory", async () => {
      const state = join(home, "state");
      const up = start(["up", "--port", "0", "--state-dir", state]);
      await expect.poll(up.output, { timeout: 90_000 }).toContain("Muonitor is live at");
      const [, url = ""] = /live at (\S+)/.exec(up.output()) ?? [];
      expect((await fetch(url)).status).toBe(200);
      for (const name of [".", ...readdirSync(state)])
        expect(statSync(join(state, name)).mode & 0o077, name).toBe(0);
      expect(peakMemoryMB(up.pid)).toBeLessThan(400);
      up.interrupt();
      expect(await up.ended).toBe(0);
    }, 120_000);

    it("gets a one-line error when the clone's state folder is not writable", async () => {
      const up = start(["up", "--port", "0"]);
      expect(await up.ended).toBe(1);
      expect(up.output()).toMatch(/^muonitor: \S+\/\.muonitor: cannot be written: permission denied\n$/);
    });
  },
);

/** Available on Linux only. */
function peakMemoryMB(pid: number): number {
  const [, kB = "0"] = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kB) / 1024;
}
