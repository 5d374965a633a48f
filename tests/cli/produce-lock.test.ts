/** One process at a time sends the same rows; one that is gone hinders nobody, whoever has its number now. */
import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { startOf } from "../../runners/cli/background.js";
import { takeLock } from "../../runners/cli/produce-lock.js";
import { scratchFolder } from "../helpers/scratch.js";
import { startNode } from "./real-process.js";

const scratch = scratchFolder();
const path = `${scratch.path}/locks/job.lock`;

it("is held until it is given back", () => {
  const release = takeLock(path);
  expect(() => takeLock(path)).toThrow(
    `process ${process.pid} is sending the same rows to the same topic: wait until it has ended`,
  );
  release();
  expect(existsSync(path)).toBe(false);
  takeLock(path)();
});

it.each([
  ["a process that is gone", { pid: 2 ** 22 + 1, started: "" }],
  ["a process whose number another one has now", { pid: process.pid, started: "long ago" }],
])("is taken from %s", (_, owner) => {
  scratch.write("locks/job.lock", JSON.stringify(owner));
  const release = takeLock(path);
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
  release();
});

it("is taken from one that died while it wrote it", () => {
  scratch.write("locks/job.lock", "");
  takeLock(path)();
});

it("is refused while another process runs that holds it", async () => {
  const child = startNode(["-e", "process.stdin.resume(); console.log('runs')"], scratch.path);
  await expect.poll(child.stdout).toContain("runs");
  scratch.write("locks/job.lock", JSON.stringify({ pid: child.pid, started: startOf(child.pid) }));
  expect(() => takeLock(path)).toThrow(`process ${child.pid} is sending`);
  child.signal("SIGKILL");
  await child.ended;
  takeLock(path)();
});

it("a process is told by its start: another one has another", () => {
  expect(startOf(process.pid)).not.toBe("");
  expect(startOf(process.pid)).toBe(startOf(process.pid));
  expect(startOf(process.ppid)).not.toBe(startOf(process.pid));
});
