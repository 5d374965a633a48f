/** A process is identified by its PID and its start time. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { identityOf, isAlive, isIdentity, ownIdentity, signalProcess } from "../../runners/process/index.js";
import { startNode } from "../cli/real-process.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();
const deadPid = 2 ** 22 + 1;

it("a process keeps its identity while it runs, and no other process has the same", () => {
  expect(identityOf(process.pid)).toEqual(ownIdentity());
  expect(ownIdentity().started).not.toBe("");
  expect(identityOf(process.ppid)?.started).not.toBe(ownIdentity().started);
});

it.each([deadPid, 0, -1, 1.5, NaN])("no process has the PID %s", (pid) => {
  expect(identityOf(pid)).toBeNull();
  expect(isAlive({ pid, started: "" })).toBe(false);
});

it("another process with the same PID is not alive and gets no signal", () => {
  const other = { pid: process.pid, started: "another boot 5" };
  expect(isAlive(other)).toBe(false);
  expect(signalProcess(other, "SIGKILL")).toBe(false);
  expect(signalProcess({ pid: process.pid, started: "" }, "SIGKILL")).toBe(false);
});

it("a paused process is alive; a process that has ended is not", async () => {
  const child = startNode(["-e", "process.stdin.resume(); console.log('runs')"], scratch.path);
  onTestFinished(() => child.signal("SIGKILL"));
  await expect.poll(child.stdout).toContain("runs");
  const identity = identityOf(child.pid)!;
  expect(signalProcess(identity, "SIGSTOP")).toBe(true);
  expect(isAlive(identity)).toBe(true);
  child.signal("SIGKILL");
  await child.ended;
  expect(isAlive(identity)).toBe(false);
});

it("a process that has ended is not alive even if its parent has not collected its exit code", async () => {
  // The shell becomes sleep, which never collects the exit code of the shell's child.
  const script = "exec 3<&0; cat <&3 >/dev/null & echo $!; exec sleep 60 3<&-";
  const shell = spawn("sh", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void shell.kill("SIGKILL"));
  const [chunk] = (await once(shell.stdout, "data")) as [Buffer];
  const pid = Number(chunk.toString());
  const argsOf = (of: number): string => spawnSync("ps", ["-o", "args=", "-p", String(of)]).stdout.toString();
  await expect.poll(() => argsOf(shell.pid!)).toBe("sleep 60\n");
  // The child ends only now, so the shell cannot have collected it.
  shell.stdin.end();
  await expect.poll(() => identityOf(pid)).toBeNull();
  expect(() => process.kill(pid, 0)).not.toThrow();
});

it("another user's process is alive", () => {
  // PID 1 belongs to root. If the test runs as root, no process refuses its signals.
  expect(identityOf(1)).not.toBeNull();
});

it.each([null, 5, "x", [], {}, { pid: "5", started: "" }, { pid: -5, started: "" }, { pid: 5 }])(
  "%j is not an identity",
  (value) => expect(isIdentity(value)).toBe(false),
);
