/** `up --runner flink` as a separate process, with its own Kafka, Flink and workers. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { RowSample, SystemStatus } from "../../pipeline/model/index.js";
import { asAdmin } from "../../runners/kafka/index.js";
import { isListening } from "../../runners/services/index.js";
import { buildWithPage } from "../helpers/build.js";
import { watchSockets } from "../helpers/listening.js";
import { startMarked, type MarkedProcess } from "../infra/marked-process.js";
import { describeWithJava, temporaryState } from "../services/with-java.js";
import { program, startNode } from "./real-process.js";
import { runCli } from "./run-cli.js";

const polling = { timeout: 180_000, interval: 250 };

const start = (stateFolder: string): MarkedProcess => {
  const options = `--runner flink --window 2 --port 0 --state-dir ${stateFolder}`;
  return startMarked(`exec ${process.execPath} ${program} up ${options}`, stateFolder);
};

describeWithJava("up --runner flink, interrupted while it starts,", () => {
  const stateFolder = temporaryState();
  beforeAll(buildWithPage, 300_000);

  it.each([/starting Kafka/, /starting Flink/, /submitting the job/, /waiting for its first checkpoint/])(
    "leaves nothing behind after Ctrl-C at %s",
    async (moment) => {
      const up = start(stateFolder);
      onTestFinished(up.kill);
      await up.waitForOutput(moment);
      up.interrupt();
      expect(await up.ended).toBe(130);
      expect(up.output()).toMatch(/\nmuonitor: interrupted\n$/);
      expect(up.output()).not.toContain("may run");
      await expect.poll(up.leftovers, { timeout: 10_000 }).toEqual([]);
    },
  );
});

describeWithJava("up --runner flink", () => {
  const stateFolder = temporaryState();
  let up: MarkedProcess;
  let url = "";
  let sockets: ReturnType<typeof watchSockets>;

  beforeAll(async () => {
    await buildWithPage();
    up = start(stateFolder);
    sockets = watchSockets(up.pid);
    [, url] = (await up.waitForOutput(/Muonitor is live at (\S+)\n/)) as unknown as [string, string];
  }, 300_000);

  afterAll(() => up.kill());

  const status = async (): Promise<SystemStatus> =>
    (await (await fetch(new URL("/api/status", url))).json()) as SystemStatus;
  const hop = async (name: string): Promise<SystemStatus["hops"][number]> =>
    (await status()).hops.find((one) => one.hop === name)!;
  /** A process of this system, without its supervising shell, whose command line has the same words. */
  const pidOf = (words: string): number => {
    const ours = up.leftovers().find((line) => line.includes(words) && !line.includes("supervise.sh"));
    const { stdout } = spawnSync("ps", ["-Ao", "pid=,args="], { encoding: "utf8", maxBuffer: 1 << 24 });
    const found = stdout.split("\n").find((line) => line.trim().replace(/^\d+ +/, "") === ours);
    expect(found, `a process with ${words}`).toBeDefined();
    return Number.parseInt(found!, 10);
  };
  /** Waits for a window that begins after this call, i.e. until everything is read again after a failure. */
  const moreWindows = async (): Promise<void> => {
    const since = Date.now();
    const newer = new URL(`/api/v1/windows?from_ms=${since}&to_ms=${since + 3_600_000}&limit=1`, url);
    const windows = async (): Promise<unknown[]> => (await (await fetch(newer)).json()) as unknown[];
    await expect.poll(windows, polling).toHaveLength(1);
    await expect.poll(async () => (await status()).problem, polling).toBeNull();
  };

  it("serves the page, and lists the started services", async () => {
    expect((await fetch(url)).status).toBe(200);
    for (const words of [
      "Kafka is at 127.0.0.1:",
      "Flink is at http://127.0.0.1:",
      "workers are at 127.0.0.1:",
    ])
      expect(up.output()).toContain(words);
  });

  it("is found by the other commands from its state folder alone", async () => {
    const at = ["--state-dir", stateFolder];
    const [, brokers] = /Kafka is at (\S+)/.exec(up.output())!;
    const { stdout } = await runCli(["status", ...at]);
    const shown = (name: string): string | undefined =>
      new RegExp(`^  ${name} +(\\S+)$`, "m").exec(stdout)?.[1];
    expect([shown("Kafka"), shown("Flink"), shown("workers")]).toEqual([
      brokers,
      expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    ]);
    const jobs = await runCli(["jobs", ...at]);
    expect([jobs.code, jobs.stdout]).toEqual([0, expect.stringMatching(/ RUNNING +muonitor /)]);
    expect(jobs.stderr).toBe(`muonitor: using Flink at ${shown("Flink")} of the system at ${url}\n`);
    const topics = await runCli(["topics", "list", ...at]);
    expect([topics.code, topics.stdout]).toEqual([0, expect.stringContaining("data_clean")]);
    const audit = await runCli(["audit", ...at, "--json"]);
    expect(JSON.parse(audit.stdout)).toMatchObject({ windows: expect.anything() as unknown });
    const savepoint = await runCli(["savepoint", ...at]);
    expect([savepoint.code, savepoint.stdout]).toEqual([0, expect.stringMatching(/savepoint-/)]);
  });

  it("shows windows with rows on the page, with ages and rates of every stage", async () => {
    await expect.poll(async () => (await status()).latency_ms, polling).toBeGreaterThan(0);
    await expect.poll(async () => (await hop("pipeline")).rate_hz, polling).toBeGreaterThan(500);
    const { runner, demo, hops, problem } = await status();
    expect({ runner, demo, problem }).toEqual({ runner: "flink", demo: true, problem: null });
    for (const { last_ms } of hops) expect(last_ms).toBeGreaterThan(0);
  });

  it("listens only on the loopback interface, from its start to its first windows", () => {
    const { all, open } = sockets();
    for (const part of [
      "Kafka",
      "ZooKeeper",
      "ClusterEntrypoint",
      "TaskManager",
      "JobServer",
      "ExpansionService",
    ])
      expect(
        all.filter((socket) => socket.includes(part)),
        part,
      ).not.toEqual([]);
    expect(open).toEqual([]);
  });

  it("shows samples of rejected rows, each with its position in the topic", async () => {
    const samples = async (): Promise<RowSample[]> =>
      (await (await fetch(new URL("/api/v1/samples", url))).json()) as RowSample[];
    const garbage = async (fraction: number): Promise<void> => {
      const headers = { "content-type": "application/json" };
      const body = JSON.stringify({ garbage: fraction });
      const answer = await fetch(new URL("/api/v1/practice/faults", url), { method: "PATCH", headers, body });
      expect(answer.status).toBe(200);
    };
    await garbage(0.2);
    const malformed = async (): Promise<RowSample | undefined> =>
      (await samples()).find(({ kind, text }) => kind === "malformed" && !text.includes("\\"));
    await expect.poll(malformed, polling).toBeDefined();
    await garbage(0);
    const { text, partition, offset } = (await malformed())!;
    const [, brokers] = /Kafka is at (\S+)/.exec(up.output())!;
    const place = ["--partition", String(partition), "--from", offset!, "--limit", "1"];
    const peek = ["topics", "peek", "data_raw", "--bootstrap-servers", brokers!, ...place, "--format", "raw"];
    const { stdout } = await runCli(peek);
    expect(stdout.split("\n")).toContain(text);
  });

  it.each([
    ["a worker", "runners/worker/worker-main.js"],
    ["the worker pool", "runners/worker/pool-main.js"],
    ["Kafka", "kafka.Kafka server.properties"],
    ["a TaskManager", "taskexecutor.TaskManagerRunner"],
    ["the JobManager", "StandaloneSessionClusterEntrypoint"],
  ])("continues after %s was killed", async (_, words) => {
    const pid = pidOf(words);
    process.kill(pid, "SIGKILL");
    await moreWindows();
    expect(pidOf(words)).not.toBe(pid);
  });

  it("has lost and duplicated nothing, according to its audit", async () => {
    const [, brokers] = /Kafka is at (\S+)/.exec(up.output())!;
    const { code, stdout, stderr } = await runCli(["audit", "--bootstrap-servers", brokers!]);
    console.info(stdout);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(" 0 late and dropped,");
  });

  it("is found by status", async () => {
    const asked = startNode([program, "status", "--state-dir", stateFolder], stateFolder);
    expect(await asked.ended).toBe(0);
    expect(asked.stdout()).toContain(`is live at ${url}\n`);
    expect(asked.stdout()).toContain("runner flink");
  });

  it("reports partitions that its job does not read", async () => {
    const [, bootstrapServers] = /Kafka is at (\S+)/.exec(up.output()) as unknown as [string, string];
    const topicPartitions = [{ topic: "data_raw", count: 3 }];
    await asAdmin({ bootstrapServers }, (admin) => admin.createPartitions({ topicPartitions }));
    const problem = async (): Promise<string | null> => (await status()).problem;
    await expect
      .poll(problem, polling)
      .toMatch(/^topic data_raw has 3 partitions, but the job reads only 2: /);
  });

  it("leaves no process, no open port and no note after Ctrl-C", async () => {
    const ports = [...up.output().matchAll(/ (?:at|is at) (?:http:\/\/)?127\.0\.0\.1:(\d+)/g)].map(
      ([, port]) => Number(port),
    );
    expect(ports.length).toBeGreaterThanOrEqual(4);
    up.interrupt();
    expect(await up.ended).toBe(0);
    await expect.poll(up.leftovers, { timeout: 10_000 }).toEqual([]);
    for (const port of ports) expect(await isListening(port)).toBe(false);
    expect(existsSync(join(stateFolder, "system.json"))).toBe(false);
  });
});
