/**
 * The status of `up --runner flink` while each of its processes is killed or frozen, its job is replaced, and its disk is
 * full: it names the cause, and is healthy again afterwards. It never reports no problem while no data flows.
 */
import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { SystemStatus } from "../../pipeline/model/index.js";
import { buildWithPage } from "../helpers/build.js";
import { SmallDisk } from "../helpers/small-disk.js";
import { startMarked, type MarkedProcess } from "../infra/marked-process.js";
import { describeWithJava, temporaryState } from "../services/with-java.js";
import { program, startNode } from "../cli/real-process.js";
import { runCli } from "../cli/run-cli.js";

const polling = { timeout: 240_000, interval: 250 };
const windowMs = 2000;
/** Maximum time without data before the status must name a problem: a probe's deadline, plus time for a busy machine. */
const unnoticedMs = 20_000;
const stateFolder = temporaryState();
const disk = SmallDisk.mount(stateFolder, 700);
afterAll(() => disk?.unmount());

/** [service, part of its command line, status after a kill, status while frozen] */
const parts = [
  [
    "a worker",
    "runners/worker/worker-main.js",
    /the job muonitor|records come/,
    /worker pool has had no answer from/,
  ],
  [
    "the worker pool",
    "runners/worker/pool-main.js",
    /the worker pool has died/,
    /the worker pool has not answered/,
  ],
  ["Kafka", "kafka.Kafka server.properties", /Kafka has died/, /Kafka has not answered/],
  [
    "a TaskManager",
    "taskexecutor.TaskManagerRunner",
    /TaskManager 1 has died/,
    /TaskManager 1 has not (answered|been registered)/,
  ],
  [
    "the JobManager",
    "StandaloneSessionClusterEntrypoint",
    /JobManager has died/,
    /JobManager has not answered/,
  ],
  ["ZooKeeper", "FlinkZooKeeperQuorumPeer", /ZooKeeper has died/, /ZooKeeper has not answered/],
] as const;

describeWithJava("the status of up --runner flink", () => {
  let up: MarkedProcess;
  let url = "";
  let watching: NodeJS.Timeout;
  /** Times at which the status had no problem although no window had arrived for long. */
  const lies: string[] = [];

  beforeAll(async () => {
    await buildWithPage();
    const options = `--runner flink --window ${windowMs / 1000} --port 0 --state-dir ${stateFolder}`;
    up = startMarked(`exec ${process.execPath} ${program} up ${options}`, stateFolder);
    [, url] = (await up.waitForOutput(/Muonitor is live at (\S+)\n/)) as unknown as [string, string];
    watching = setInterval(() => void lookForLies(), 500);
  }, 300_000);

  afterAll(() => {
    clearInterval(watching);
    up.kill();
  });

  const ask = async (path: string): Promise<Response> =>
    fetch(new URL(path, url), { signal: AbortSignal.timeout(10_000) });
  const status = async (): Promise<SystemStatus> => (await (await ask("/api/status")).json()) as SystemStatus;
  const problem = async (): Promise<string> => (await status()).problem ?? "";
  const hop = async (name: string): Promise<SystemStatus["hops"][number]> =>
    (await status()).hops.find((one) => one.hop === name)!;
  const ageOf = async (name: string): Promise<number> => Date.now() - ((await hop(name)).last_ms ?? 0);
  const addressOf = (what: RegExp): string => what.exec(up.output())![1]!;

  async function lookForLies(): Promise<void> {
    const now = await status().catch(() => null);
    if (now === null) return;
    const { now_ms, hops, problem: named } = now;
    const { last_ms } = hops.find((one) => one.hop === "data_clean")!;
    const ageMs = now_ms - (last_ms ?? now_ms);
    if (named === null && ageMs > unnoticedMs) lies.push(`no window for ${ageMs} ms, and no problem`);
  }

  /** Waits for windows that begin after this call, and for a status without problems. */
  async function calm(): Promise<void> {
    const since = Date.now();
    const newer = `/api/v1/windows?from_ms=${since}&to_ms=${since + 3_600_000}&limit=1`;
    const windows = async (): Promise<unknown[]> => (await (await ask(newer)).json()) as unknown[];
    await expect.poll(windows, polling).toHaveLength(1);
    await expect.poll(problem, polling).toBe("");
    await expect.poll(async () => (await ask("/readyz")).status, polling).toBe(200);
  }

  /** Checks that the status shows no heartbeat and no rate for the pipeline, but does for the read-out. */
  async function standsStill(): Promise<void> {
    await expect.poll(() => ageOf("pipeline"), polling).toBeGreaterThan(8000);
    await expect.poll(async () => (await hop("pipeline")).rate_hz, polling).toBe(0);
    expect((await hop("readout")).rate_hz).toBeGreaterThan(500);
  }

  const pidOf = (words: string): number => {
    const ours = up.leftovers().find((line) => line.includes(words) && !line.includes("supervise.sh"));
    const { stdout } = spawnSync("ps", ["-Ao", "pid=,args="], { encoding: "utf8", maxBuffer: 1 << 24 });
    const found = stdout.split("\n").find((line) => line.trim().replace(/^\d+ +/, "") === ours);
    expect(found, `a process with ${words}`).toBeDefined();
    return Number.parseInt(found!, 10);
  };

  it("has no problem while windows arrive", calm);

  describe.each(parts)("%s", (_, words, killed, frozen) => {
    it("that is killed is reported until it works again", async () => {
      process.kill(pidOf(words), "SIGKILL");
      await expect.poll(problem, { ...polling, interval: 50 }).toMatch(killed);
      await calm();
    });

    it("that is frozen is reported within seconds everywhere, and no data flow is shown", async () => {
      const pid = pidOf(words);
      process.kill(pid, "SIGSTOP");
      onTestFinished(() => void process.kill(pid, "SIGCONT"));
      await expect.poll(problem, polling).toMatch(frozen);
      const ready = async (): Promise<string> => {
        const answer = await ask("/readyz");
        return `${answer.status} ${await answer.text()}`;
      };
      await expect.poll(ready, polling).toMatch(frozen);
      expect(await ready()).toMatch(/^503 /);
      expect(await (await ask("/metrics")).text()).toContain("muonitor_flowing 0\n");
      const verb = startNode([program, "status", "--state-dir", stateFolder], stateFolder);
      expect(await verb.ended).toBe(0);
      expect(verb.stdout()).toMatch(frozen);
      expect(up.output()).toMatch(frozen);
      if (words.endsWith("worker/worker-main.js")) await standsStill();
      process.kill(pid, "SIGCONT");
      await calm();
    });
  });

  it("follows the job's name through an upgrade by savepoint, and reports meanwhile that the job has ended", async () => {
    const flink = ["--flink-master", addressOf(/Flink is at http:\/\/(\S+)/)];
    const stopped = await runCli(["savepoint", "--stop", ...flink]);
    expect([stopped.code, stopped.stderr]).toEqual([0, expect.stringMatching(/has stopped/)]);
    await expect
      .poll(problem, polling)
      .toMatch(/the job muonitor(?: is CANCELED)?; muonitor submit starts it again/);
    const others = [
      ...["--bootstrap-servers", addressOf(/Kafka is at (\S+)/)],
      ...["--worker-pool", addressOf(/workers are at (\S+)/)],
      ...["--window", String(windowMs / 1000), "--from-savepoint", stopped.stdout.trim()],
    ];
    const submitted = await runCli(["submit", "--state-dir", stateFolder, ...flink, ...others]);
    expect([submitted.code, submitted.stderr]).toEqual([0, expect.any(String)]);
    await calm();
  });

  it.skipIf(disk === null)(
    "reports that no space is left, not that Kafka has died, while the disk is full",
    async () => {
      onTestFinished(() => disk!.free());
      disk!.fill();
      await expect.poll(problem, polling).toMatch(/^the disk of \S+ has no space left/);
      disk!.free();
      await calm();
    },
  );

  it("never had no problem while no windows arrived", () => {
    expect(lies).toEqual([]);
  });
});
