/** A lock has one owner at a time, even if its owner died and several processes break it at once. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { identityOf, lockOrRefuse, lockOwner, tryLock, withLock } from "../../runners/process/index.js";
import { root } from "../../infra/bootstrap.js";
import { startNode } from "../cli/real-process.js";
import { buildNodePart, builtUrl } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();
const path = join(scratch.path, "locks/job.lock");
const refusal = ({ pid }: { pid: number }): string => `process ${pid} has it`;
const deadPid = 2 ** 22 + 1;

describe("a lock", () => {
  it("is held until it is released, in a private folder", () => {
    const release = lockOrRefuse(path, refusal);
    expect(lockOwner(path)).toMatchObject({ pid: process.pid });
    expect(() => lockOrRefuse(path, refusal)).toThrow(`process ${process.pid} has it`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(scratch.path, "locks")).mode & 0o777).toBe(0o700);
    release();
    expect(readdirSync(join(scratch.path, "locks"))).toEqual([]);
    expect(lockOwner(path)).toBeNull();
    lockOrRefuse(path, refusal)();
  });

  it.each([
    ["a process that has ended", JSON.stringify({ pid: deadPid, started: "x 1" })],
    ["a process whose PID was reused", JSON.stringify({ pid: process.pid, started: "long ago" })],
    ["a process group", JSON.stringify({ pid: 0, started: "" })],
    ["a machine that crashed during the write", ""],
    ["another program", "no JSON"],
    ["an earlier version", String(deadPid)],
  ])("of %s is broken and removed completely", (_, content) => {
    scratch.write("locks/job.lock", content);
    const release = lockOrRefuse(path, refusal);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
    release();
    expect(readdirSync(join(scratch.path, "locks"))).toEqual([]);
  });

  it("of a paused process is not broken", async () => {
    const child = startNode(["-e", "process.stdin.resume(); console.log('runs')"], scratch.path);
    onTestFinished(() => child.signal("SIGKILL"));
    await expect.poll(child.stdout).toContain("runs");
    child.signal("SIGSTOP");
    scratch.write("locks/job.lock", JSON.stringify(identityOf(child.pid)));
    expect(() => lockOrRefuse(path, refusal)).toThrow(`process ${child.pid} has it`);
    child.signal("SIGKILL");
    await child.ended;
    lockOrRefuse(path, refusal)();
  });

  it("of another process is not removed by a process that has lost it", () => {
    const release = lockOrRefuse(path, refusal);
    scratch.write("locks/job.lock", JSON.stringify(identityOf(process.ppid)));
    release();
    expect(existsSync(path)).toBe(true);
    scratch.folder("locks");
  });

  it("in a folder that cannot be created gives a one-line error", () => {
    const file = scratch.write("file", "");
    expect(() => tryLock(join(file, "state/up.lock"))).toThrow(/^\S+file\/state: cannot be written: /);
  });

  it("can be awaited, and a signal ends the wait", async () => {
    const release = lockOrRefuse(path, refusal);
    const owners: number[] = [];
    const ending = new AbortController();
    const onWait = ({ pid }: { pid: number }): void => void owners.push(pid);
    const waiting = withLock(path, { onWait }, () => Promise.resolve("done"));
    const given = withLock(path, { signal: ending.signal }, () => Promise.resolve("never"));
    ending.abort(new Error("interrupted"));
    await expect(given).rejects.toThrow("interrupted");
    expect(owners).toEqual([process.pid]);
    release();
    expect(await waiting).toBe("done");
    expect(existsSync(path)).toBe(false);
  });
});

describe("locks and processes", () => {
  beforeAll(buildNodePart, 300_000);
  const module = builtUrl("runners/process/index.js");

  it.each([
    ["the program", module],
    ["the bootstrap", pathToFileURL(join(root, "infra/bootstrap/lock.js")).href],
  ])("of %s: of many processes that break the same lock, one gets it", async (_, url) => {
    scratch.folder("locks");
    const racer = join(import.meta.dirname, "lock-racer.js");
    const racers = Array.from({ length: 5 }, () => startNode([racer, url, path, "2000"], scratch.path));
    for (const child of racers) expect(await child.ended, child.stderr()).toBe(0);
    const outcomes = racers.map(({ stdout }) => JSON.parse(stdout()) as { taken: number; together: number });
    expect(outcomes.reduce((sum, { together }) => sum + together, 0)).toBe(0);
    expect(outcomes.reduce((sum, { taken }) => sum + taken, 0)).toBeGreaterThan(20);
  });

  it("are released by a process that ends by process.exit", async () => {
    scratch.folder("locks");
    const code = `import { tryLock } from ${JSON.stringify(module)}; tryLock(${JSON.stringify(path)}); process.exit(3)`;
    const child = startNode(["--input-type=module", "-e", code], scratch.path);
    expect(await child.ended).toBe(3);
    expect(readdirSync(join(scratch.path, "locks"))).toEqual([]);
  });
});
