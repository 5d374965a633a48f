/** A shutdown ends within its time limit, or at once on a second signal, and leaves no lock, no note and no service. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { MuonitorError } from "../../pipeline/model/index.js";
import { endsWithin } from "../../runners/process/index.js";
import { startNode, type RealProcess } from "../cli/real-process.js";
import { buildNodePart, builtUrl } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { expectNoProcess } from "../services/with-java.js";

beforeAll(buildNodePart, 300_000);
const scratch = scratchFolder();
const polling = { timeout: 30_000 };

async function victim(folder: string, stuck: string, fifo = ""): Promise<RealProcess> {
  const script = join(import.meta.dirname, "shutdown-victim.js");
  const child = startNode([script, builtUrl("runners"), folder, stuck, fifo], scratch.path);
  onTestFinished(() => child.signal("SIGKILL"));
  await expect.poll(child.stdout, polling).toContain("runs");
  return child;
}

async function expectNothingLeft(folder: string): Promise<void> {
  expect(readdirSync(folder)).toEqual(["part.log"]);
  await expectNoProcess(folder);
}

it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s ends a process in an orderly way, even if npm sends it twice",
  async (name) => {
    const folder = scratch.folder("orderly");
    const child = await victim(folder, "");
    child.signal(name);
    child.signal(name);
    expect([await child.ended, child.stderr()]).toEqual([0, ""]);
    await expectNothingLeft(folder);
  },
);

it("a step that does not end is cut off after the time limit, and reported", async () => {
  const folder = scratch.folder("stuck");
  const child = await victim(folder, "the connection to Kafka");
  child.signal("SIGTERM");
  expect(await child.ended).toBe(1);
  expect(child.stderr()).toBe(
    "the shutdown is not complete after 1.5 s and is aborted: the connection to Kafka\n",
  );
  await expectNothingLeft(folder);
});

it("a second signal ends the process at once", async () => {
  const folder = scratch.folder("second");
  const child = await victim(folder, "Flink");
  child.signal("SIGINT");
  await expect.poll(child.stdout, polling).toContain("stops");
  // A second key press, not the first signal forwarded by npm.
  const again = setInterval(() => child.signal("SIGINT"), 50);
  onTestFinished(() => clearInterval(again));
  expect([await child.ended, child.stderr()]).toEqual([130, ""]);
  await expectNothingLeft(folder);
});

it.each(["", "the connection to Kafka"])(
  "a file request that never ends does not prevent the exit; unfinished step: %j",
  async (stuck) => {
    const folder = scratch.folder(`fifo-${stuck.length}`);
    const fifo = join(scratch.path, `fifo-${stuck.length}.csv`);
    execFileSync("mkfifo", [fifo]);
    const child = await victim(folder, stuck, fifo);
    child.signal("SIGTERM");
    expect(await child.ended).toBe(143);
    await expectNothingLeft(folder);
  },
);

it("a step is awaited only for its time limit, and its failure within this time is reported", async () => {
  const never = (): Promise<never> => new Promise(() => undefined);
  expect(await endsWithin(5, "x", never)).toBe(false);
  expect(await endsWithin(60_000, "x", () => Promise.resolve())).toBe(true);
  const failing = (): Promise<never> => Promise.reject(new MuonitorError("no"));
  await expect(endsWithin(60_000, "x", failing)).rejects.toThrow("no");
});
