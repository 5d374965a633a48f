/**
 * Several machines: each broker, TaskManager, JobManager and the bridge on a host with an address of its own. Under rows of a
 * known answer hosts are killed, cut off, restarted and lost; every row must be in the windows, once.
 */
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { submitStreamingJob } from "../../runners/flink/streaming-job.js";
import { auditTopics } from "../../runners/flink/audit-topics.js";
import type { AuditReport } from "../../runners/flink/audit-report.js";
import { FlinkRest } from "../../runners/flink/rest.js";
import { asAdmin } from "../../runners/kafka/index.js";
import { waitFor } from "../../runners/process/index.js";
import { cleanTopic, ensureTopics, rawTopic } from "../../runners/services/index.js";
import { closeWindows, produceKnownRows, type KnownRows } from "../flink/rows.js";
import { streamingConfig } from "../flink/system.js";
import { Watch } from "../flink/watch.js";
import { temporaryState } from "../services/with-java.js";
import { buildImage, describeWithHosts, Hosts } from "./engine.js";

const patience = { timeout: 240_000, interval: 500 };
const partitions = 2;
const brokers = [11, 12, 13];
const [zooKeeper, jobManager, bridge] = [19, 20, 30];
const taskManagers = [21, 22, 23];
const clusterId = "MkU3OEVBNTcwNTJENDM2Qg";
const rateHz = 5000;

describeWithHosts("several machines", () => {
  const stateFolder = temporaryState();
  let hosts!: Hosts;
  let watch!: Watch;
  let known!: KnownRows;
  const ends: (() => Promise<unknown>)[] = [];
  const bootstrapServers = (): string => brokers.map((one) => `${hosts.address(one)}:9092`).join();
  const access = () => ({ bootstrapServers: bootstrapServers(), kafkaSettings: new Map<string, string>() });
  const rest = (): FlinkRest => new FlinkRest(`${hosts.address(jobManager)}:8081`);
  const ready = async (number: number): Promise<void> => {
    const signal = AbortSignal.timeout(patience.timeout);
    await waitFor(() => hosts.isReady(number), { everyMs: patience.interval, signal });
  };

  const serve = (number: number, role: string, ...options: string[]): Promise<void> =>
    hosts.start(number, ["serve", role, "--host", hosts.address(number), ...options]);
  const startBroker = (number: number): Promise<void> => {
    const voters = brokers.map((one) => `${one}@${hosts.address(one)}:9093`).join();
    return serve(number, "kafka", `--node-id=${number}`, `--voters=${voters}`, `--cluster-id=${clusterId}`);
  };
  const flink = (): string[] => ["--shared-dir=/shared", `--zookeeper=${hosts.address(zooKeeper)}:2181`];
  const startJobManager = (): Promise<void> => serve(jobManager, "jobmanager", ...flink());
  const startTaskManager = (number: number): Promise<void> =>
    serve(number, "taskmanager", `--jobmanager=${hosts.address(jobManager)}`, ...flink());

  const moreWindows = async (than = 3): Promise<void> => {
    const before = watch.withRows().length;
    await expect.poll(() => watch.withRows().length, patience).toBeGreaterThan(before + than);
  };
  /** Partitions whose copies do not all follow their leader. */
  const behind = (): Promise<number> =>
    asAdmin(access(), async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: ["data_raw", "data_clean"] });
      const all = topics.flatMap((topic) => topic.partitions);
      return all.filter(({ isr, replicas }) => isr.length < replicas.length || replicas.length < 3).length;
    }).catch(() => -1);
  const caughtUp = (): Promise<void> => expect.poll(behind, patience).toBe(0);

  beforeAll(async () => {
    await buildImage(join(stateFolder, "bundle"));
    hosts = await Hosts.create("172.31.77");
    ends.push(() => hosts.remove());
    await Promise.all([...brokers.map(startBroker), serve(zooKeeper, "zookeeper")]);
    await Promise.all([...brokers, zooKeeper].map(ready));
    await startJobManager();
    await ready(jobManager);
    await Promise.all(taskManagers.map(startTaskManager));
    await Promise.all(taskManagers.map(ready));
    expect(await ensureTopics(bootstrapServers(), [rawTopic(partitions), cleanTopic()])).toEqual([]);
    await submitStreamingJob({
      ...access(),
      ...{ stateFolder, jobName: "muonitor", stream: "minidt", config: streamingConfig, workers: 1 },
      ...{ rawTopic: "data_raw", cleanTopic: "data_clean", groupId: "muonitor", timestamps: "CreateTime" },
      ...{ allowedLatenessMs: 300_000, maxBundleSize: 1000, maxBundleTimeMs: 50, checkpointIntervalMs: 2000 },
      flinkMaster: `${hosts.address(jobManager)}:8081`,
      workerPool: "127.0.0.1:50000",
      parallelism: 2,
      log: () => undefined,
    });
    const brokersOption = `--bootstrap-servers=${bootstrapServers()}`;
    await hosts.start(bridge, ["bridge", brokersOption, "--host", "0.0.0.0"]);
    watch = await Watch.start(access());
    ends.push(() => watch.stop());
    known = produceKnownRows(bootstrapServers(), partitions, { rateHz, rowsPerMessage: 100 });
    ends.push(() => known.production.stop().then(() => known.sender.close()));
  }, 900_000);

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  }, 180_000);

  it("make windows: three copies of each partition, tasks on two hosts", async () => {
    await moreWindows();
    await caughtUp();
    expect(await rest().slots()).toMatchObject({ taskmanagers: 3, "slots-total": 3, "slots-available": 1 });
  });

  it("continue while a broker is dead, whose partitions get another leader", async () => {
    const [first = 0] = brokers;
    await hosts.kill(first);
    await moreWindows();
    await hosts.switchOn(first);
    await caughtUp();
  });

  it("continue after a TaskManager's host was off the network for 30 s", async () => {
    const [first = 0] = await busyHosts();
    await hosts.unplug(first);
    await pause(30_000);
    await hosts.plugIn(first);
    await expect.poll(() => rest().slots(), patience).toMatchObject({ taskmanagers: 3 });
    await moreWindows();
  });

  it("continue after a broker was off the network for 30 s", async () => {
    const last = brokers.at(-1) ?? 0;
    await hosts.unplug(last);
    await pause(30_000);
    await hosts.plugIn(last);
    await caughtUp();
    await moreWindows();
  });

  it("continue while the brokers are restarted one after the other", async () => {
    for (const broker of brokers) {
      await hosts.stop(broker);
      await hosts.switchOn(broker);
      await caughtUp();
    }
    await moreWindows();
  });

  it("continue without a TaskManager's host that is lost permanently", async () => {
    const busy = await busyHosts();
    await hosts.lose(busy[0] ?? 0);
    await moreWindows();
    expect(await rest().slots()).toMatchObject({ taskmanagers: 2, "slots-available": 0 });
  });

  it("continue with another JobManager after the host of the first is lost, by ZooKeeper and the shared folder", async () => {
    await hosts.lose(jobManager);
    await startJobManager();
    await ready(jobManager);
    await moreWindows();
  });

  it("have every row once, an audit without gaps, and a bridge whose data flows", async () => {
    const status = async (): Promise<number> =>
      (await fetch(`http://${hosts.address(bridge)}:8080/readyz`).catch(() => ({ status: 0 }))).status;
    await expect.poll(status, patience).toBe(200);
    const settledMs = Date.now();
    await known.production.stop();
    await closeWindows(known.sender, partitions);
    const truth = known.simulator.truth().ledger;
    await expect.poll(() => watch.total().rows, patience).toBe(truth.rows);
    expect(watch.total()).toMatchObject(truth);
    const topics = { access: access(), rawTopic: "data_raw", cleanTopic: "data_clean" };
    const unread: unknown[] = [];
    // The window of the last heartbeats comes after that of the last rows.
    const audit = (): Promise<AuditReport> => {
      const around = { unread: unread.push.bind(unread), signal: AbortSignal.timeout(60_000) };
      const limits = { allowedLatenessMs: 300_000, settledMs };
      return auditTopics({ ...topics, ...around }, limits);
    };
    await expect.poll(audit, patience).toMatchObject({ complete: true });
    expect(unread.flat()).toEqual([]);
  });

  /** Hosts of TaskManagers on which a task runs. */
  async function busyHosts(): Promise<number[]> {
    const url = `http://${hosts.address(jobManager)}:8081/taskmanagers`;
    const { taskmanagers: all } = (await (await fetch(url)).json()) as {
      taskmanagers: { id: string; freeSlots: number }[];
    };
    const addresses = all.filter(({ freeSlots }) => freeSlots === 0).map(({ id }) => id);
    return taskManagers.filter((number) => addresses.some((id) => id.endsWith(hosts.address(number))));
  }
});
