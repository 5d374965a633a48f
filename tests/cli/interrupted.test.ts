/** Ctrl-C, sent as by a terminal, ends every verb that can take long: one line, the exit code, in time, nothing left behind. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { buildWithPage } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { startFalsePeer } from "./false-peers.js";
import { flink, kafka, networkedVerbs } from "./networked-verbs.js";
import { startMuonitor, type RealProcess } from "./real-process.js";

const scratch = scratchFolder();
/** Timeout of a start on a loaded machine. */
const polling = { timeout: 60_000, interval: 50 };
const promisedMs = 10_000;
const timeout = 240_000;

beforeAll(buildWithPage, 300_000);

function start(args: readonly string[]): RealProcess {
  const running = startMuonitor(args, scratch.path, { MUONITOR_ANSWER_SECONDS: "600" });
  onTestFinished(() => running.signal("SIGKILL"));
  return running;
}

/** @returns the exit code */
async function interrupted(running: RealProcess): Promise<number> {
  const sinceMs = performance.now();
  running.signal("SIGINT");
  const code = await running.ended;
  expect(performance.now() - sinceMs, running.stderr()).toBeLessThan(promisedMs);
  return code;
}

const oneLine = /^muonitor: interrupted(; .*)?$/;

function errorLines({ stderr }: RealProcess): string[] {
  const notes = /^(downloading|\{"|listing)|^muonitor: (downloading|reading topic|starting)/;
  return stderr()
    .split(/\r|\n/)
    .filter((line) => line !== "" && !notes.test(line));
}

describe("while a server does not answer", () => {
  const doctor = (at: string): string[] => ["doctor", ...kafka(at), ...flink(at)];

  it.concurrent.each([...networkedVerbs(scratch), { server: "all", verb: "doctor", line: doctor }])(
    "$server: $verb",
    async ({ line }) => {
      let isAsked = false;
      const address = await startFalsePeer("accepts and is silent", () => (isAsked = true));
      const running = startMuonitor(line(address), scratch.path, { MUONITOR_ANSWER_SECONDS: "600" });
      try {
        await expect.poll(() => isAsked || running.stderr(), polling).toBe(true);
        expect(await interrupted(running), running.stderr()).toBe(130);
        expect(errorLines(running)).toEqual([expect.stringMatching(oneLine)]);
      } finally {
        running.signal("SIGKILL");
      }
    },
    timeout,
  );
});

describe("at work", () => {
  const state = (): string[] => ["--state-dir", scratch.folder("state")];
  const port = ["--port", "0"];

  it.each([
    ["up", () => ["up", ...port, ...state()], /is live at/],
    [
      "up --no-source --public-url",
      () => ["up", "--no-source", "--public-url", "https://lab.example/dqm/", ...port, ...state()],
      /is live at https:\/\/lab\.example\/dqm\/\n/,
    ],
    ["worker", () => ["worker", ...port], /workers at/],
  ] as const)(
    "%s ends normally, with exit code 0",
    async (_, line, ready) => {
      const running = start(line());
      await expect.poll(running.stdout, polling).toMatch(ready);
      expect(await interrupted(running), running.stderr()).toBe(0);
      expect(running.stderr()).not.toMatch(/interrupted|cut off|bug/);
    },
    timeout,
  );

  it(
    "produce, and down for a paused system, end with 130, and the system keeps running",
    async () => {
      const folder = scratch.folder("state");
      const own = ["--state-dir", folder];
      const up = start(["up", "--no-source", ...port, ...own]);
      await expect.poll(up.stdout, polling).toMatch(/is live at/);
      const produce = start(["produce", "--source", "simulator", "--limit", "1000000", ...own]);
      await expect.poll(produce.stderr, polling).toMatch(/"rateHz":[1-9]/);
      expect(await interrupted(produce)).toBe(130);
      expect(produce.stderr()).toMatch(/\nmuonitor: interrupted\n$/);
      up.signal("SIGSTOP");
      const down = start(["down", ...own]);
      // Linux shows the pending signals of a process.
      if (existsSync("/proc/self/status"))
        await expect.poll(() => isPending(up.pid, constants.signals.SIGTERM), polling).toBe(true);
      expect(await interrupted(down)).toBe(130);
      expect(errorLines(down)).toEqual([expect.stringMatching(oneLine)]);
      expect(readdirSync(folder)).toContain("system.lock");
      up.signal("SIGCONT");
      expect(await up.ended).toBe(0);
      expect(readdirSync(folder)).not.toContain("system.lock");
    },
    timeout,
  );
});

function isPending(pid: number, signal: number): boolean {
  const mask = /^ShdPnd:\s*(\w+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
  return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}
