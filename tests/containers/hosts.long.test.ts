/**
 * Several machines: each broker, TaskManager, JobManager and the bridge on a host with its own address; the brokers
 * require TLS and a login with SCRAM. While known rows are sent, hosts are killed, cut off, slowed down, restarted and
 * lost, and the job is rescaled; every row must be in the windows exactly once.
 */
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished } from "vitest";
import type { WindowMessage } from "../../pipeline/model/index.js";
import { submitStreamingJob, usualBundle } from "../../runners/flink/streaming-job.js";
import { auditTopics } from "../../runners/flink/audit-topics.js";
import type { AuditReport } from "../../runners/flink/audit-report.js";
import { FlinkRest, hasEnded, type FlinkJob } from "../../runners/flink/rest.js";
import { asAdmin, KafkaSender } from "../../runners/kafka/index.js";
import { waitFor } from "../../runners/process/index.js";
import { cleanTopic, ensureTopics, rawTopic } from "../../runners/services/index.js";
import { closeWindows, produceKnownRows, type KnownRows } from "../flink/rows.js";
import { secureKafka, type SecuredKafka } from "../flink/secured-kafka.js";
import { streamingConfig } from "../flink/system.js";
import { Watch } from "../flink/watch.js";
import { temporaryState } from "../services/with-java.js";
import { buildImage, describeWithHosts, Hosts, polling } from "./engine.js";
import { canSlowDown, SlowLink } from "./slow-link.js";

const partitions = 4;
const brokers = [11, 12, 13];
const [zooKeeper, jobManager, bridge] = [19, 20, 30];
const taskManagers = [21, 22, 23];
const moreTaskManagers = [24, 25];
const kafkaPorts = [9092, 9093];
const clusterId = "MkU3OEVBNTcwNTJENDM2Qg";
const rateHz = 5000;

describeWithHosts("several machines", () => {
  const stateFolder = temporaryState();
  let hosts!: Hosts;
  let secured!: SecuredKafka;
  let watch!: Watch;
  let known!: KnownRows;
  const ends: (() => Promise<unknown>)[] = [];
  const bootstrapServers = (): string => brokers.map((one) => `${hosts.address(one)}:9092`).join();
  const access = (servers = bootstrapServers()) => ({
    bootstrapServers: servers,
    kafkaSettings: secured.clients.right,
  });
  const rest = (): FlinkRest => new FlinkRest(`${hosts.address(jobManager)}:8081`);

  const startBroker = (number: number): Promise<void> => {
    const voters = brokers.map((one) => `${one}@${hosts.address(one)}:9093`).join();
    const node = [`--node-id=${number}`, `--voters=${voters}`, `--cluster-id=${clusterId}`];
    const files = [`--broker-settings=${secured.brokerFile}`, `--kafka-settings=${secured.files.plain}`];
    return hosts.serve(number, "kafka", ...node, ...files);
  };
  const flink = (): string[] => ["--shared-dir=/shared", `--zookeeper=${hosts.address(zooKeeper)}:2181`];
  const startJobManager = (): Promise<void> => hosts.serve(jobManager, "jobmanager", ...flink());
  const startTaskManagers = async (numbers: readonly number[]): Promise<void> => {
    const master = `--jobmanager=${hosts.address(jobManager)}`;
    await Promise.all(numbers.map((number) => hosts.serve(number, "taskmanager", master, ...flink())));
    await hosts.ready(...numbers);
  };
  const submit = (more: { parallelism: number; savepointPath?: string }): Promise<{ jobId: string }> =>
    submitStreamingJob({
      ...access(),
      ...{ stateFolder, jobName: "muonitor", stream: "minidt", config: streamingConfig, workers: 1 },
      ...{ rawTopic: "data_raw", cleanTopic: "data_clean", groupId: "muonitor", timestamps: "CreateTime" },
      ...{ allowedLatenessMs: 300_000, checkpointIntervalMs: 2000, ...usualBundle },
      flinkMaster: `${hosts.address(jobManager)}:8081`,
      workerPool: "127.0.0.1:50000",
      log: () => undefined,
      ...more,
    });

  const moreWindows = async (than = 3): Promise<void> => {
    const before = watch.withRows().length;
    await expect.poll(() => watch.withRows().length, polling).toBeGreaterThan(before + than);
  };
  /** Partitions with replicas that are not in sync. */
  const behind = (): Promise<number> =>
    asAdmin(access(), async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: ["data_raw", "data_clean"] });
      const all = topics.flatMap((topic) => topic.partitions);
      return all.filter(({ isr, replicas }) => isr.length < replicas.length || replicas.length < 3).length;
    }).catch(() => -1);
  const caughtUp = (): Promise<void> => expect.poll(behind, polling).toBe(0);
  const slots = (wanted: object): Promise<void> =>
    expect.poll(() => rest().slots().catch(String), polling).toMatchObject(wanted);

  /** Waits until the bridge shows these notices and no others, and no problem. */
  const shows = (...notices: RegExp[]): Promise<void> => {
    const status = async (): Promise<unknown> =>
      (await fetch(`http://${hosts.address(bridge)}:8080/api/status`)).json();
    const wanted = { problem: null, notices: notices.map((text) => expect.stringMatching(text) as unknown) };
    return expect.poll(() => status().catch(String), polling).toMatchObject(wanted);
  };
  const brokerLost = (number: number): RegExp =>
    new RegExp(
      `^Kafka: broker ${number} \\(${hosts.address(number)}:9092\\) has been out of the cluster since .* UTC; 2 of 3 `,
    );
  const taskManagerLost = (number: number): RegExp =>
    new RegExp(
      `^Flink: the TaskManager on host ${hosts.address(number)} has not been registered since .* UTC; 2 of 3 `,
    );

  beforeAll(async () => {
    await buildImage(join(stateFolder, "bundle"));
    const certificates = join(stateFolder, "secured");
    hosts = await Hosts.create({ mounts: [`${certificates}:${certificates}:ro`] });
    ends.push(() => hosts.remove());
    secured = await secureKafka(
      certificates,
      brokers.map((one) => hosts.address(one)),
    );
    // The image's user differs from the user of this test.
    for (const file of readdirSync(certificates)) chmodSync(join(certificates, file), 0o644);
    await Promise.all([...brokers.map(startBroker), hosts.serve(zooKeeper, "zookeeper")]);
    await hosts.ready(...brokers, zooKeeper);
    await secured.addScramLogin(bootstrapServers());
    await startJobManager();
    await hosts.ready(jobManager);
    await startTaskManagers(taskManagers);
    const topics = [rawTopic(partitions), cleanTopic()];
    expect(await ensureTopics(bootstrapServers(), topics, access().kafkaSettings)).toEqual([]);
    await submit({ parallelism: 2 });
    const login = `--kafka-settings=${secured.files.right}`;
    await hosts.start(bridge, [
      "bridge",
      `--bootstrap-servers=${bootstrapServers()}`,
      `--flink-master=${hosts.address(jobManager)}:8081`,
      login,
      "--host=0.0.0.0",
    ]);
    watch = await Watch.start(access());
    ends.push(() => watch.stop());
    const sender = new KafkaSender({ ...access(), topic: "data_raw" });
    known = produceKnownRows(bootstrapServers(), partitions, { rateHz, rowsPerMessage: 100, sender });
    ends.push(() => known.production.stop().then(() => sender.close()));
  }, 900_000);

  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") console.error(await hosts.lastLogLines());
  });

  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  }, 180_000);

  it("make windows, with three replicas of each partition and tasks on two hosts", async () => {
    await moreWindows();
    await caughtUp();
    await slots({ taskmanagers: 3, "slots-total": 3, "slots-available": 1 });
    await shows();
  });

  it("continue while a broker is dead and its partitions get another leader", async () => {
    const [first = 0] = brokers;
    await hosts.kill(first);
    await shows(brokerLost(first));
    await moreWindows();
    await hosts.switchOn(first);
    await caughtUp();
    await shows();
  });

  it("continue after a TaskManager's host was disconnected for 30 s", async () => {
    const [first = 0] = await busyHosts();
    await hosts.unplug(first);
    await pause(30_000);
    await shows(taskManagerLost(first));
    await hosts.plugIn(first);
    await slots({ taskmanagers: 3 });
    await moreWindows();
    await shows();
  });

  it("continue after a broker was disconnected for 30 s", async () => {
    const last = brokers.at(-1) ?? 0;
    await hosts.unplug(last);
    await pause(30_000);
    await shows(brokerLost(last));
    await hosts.plugIn(last);
    await caughtUp();
    await moreWindows();
    await shows();
  });

  it.skipIf(!canSlowDown)(
    "continue, with all replicas in sync, over a slow link of a broker: 200 ms each way, 1 % of packets lost",
    async () => {
      const [number = 0, ...others] = brokers;
      const [delayMs, loss] = [200, 0.01];
      const link = await SlowLink.start({ hosts, number, others, ports: kafkaPorts, delayMs, loss });
      onTestFinished(() => link.end());
      const startMs = performance.now();
      await asAdmin(access(`${hosts.address(number)}:9092`), (admin) => admin.listTopics());
      expect(performance.now() - startMs).toBeGreaterThan(2 * delayMs);
      await moreWindows(10);
      await caughtUp();
    },
  );

  it("continue while the brokers are restarted one after another", async () => {
    for (const broker of brokers) {
      await hosts.stop(broker);
      await hosts.switchOn(broker);
      await caughtUp();
    }
    await moreWindows();
  });

  it("continue after a TaskManager's host is lost permanently", async () => {
    const [lost = 0] = await busyHosts();
    await hosts.lose(lost);
    await shows(taskManagerLost(lost));
    await moreWindows();
    await slots({ taskmanagers: 2, "slots-available": 0 });
    await shows(taskManagerLost(lost));
  });

  it("continue with another JobManager, by ZooKeeper and the shared folder, after the host of the first is lost", async () => {
    await hosts.lose(jobManager);
    await shows(
      new RegExp(`^Flink: the JobManager at ${hosts.address(jobManager)}:8081 has not answered since`),
    );
    await startJobManager();
    await hosts.ready(jobManager);
    await moreWindows();
  });

  it("continue from a savepoint with twice as many slots", async () => {
    const job = await waitFor(runningJob, { everyMs: polling.interval, withinMs: polling.timeout });
    const savepointPath = await rest().savepoint(job?.jid ?? "", null, true, polling.timeout);
    await startTaskManagers(moreTaskManagers);
    await slots({ "slots-total": 4, "slots-available": 4 });
    // One of the new hosts replaces the lost one.
    await shows();
    await submit({ parallelism: 4, savepointPath });
    await slots({ "slots-available": 0 });
    await moreWindows();
  });

  it("have every row once, an audit without gaps, and a bridge with current data", async () => {
    const status = async (): Promise<number> =>
      (await fetch(`http://${hosts.address(bridge)}:8080/readyz`).catch(() => ({ status: 0 }))).status;
    await expect.poll(status, polling).toBe(200);
    const settledMs = Date.now();
    await known.production.stop();
    await closeWindows(known.sender, partitions);
    const truth = known.simulator.truth().ledger;
    await expect
      .poll(() => watch.total().rows, polling)
      .toBe(truth.rows)
      .catch(withVersions);
    expect(watch.total()).toMatchObject(truth);
    const totals = async (): Promise<unknown> =>
      (
        (await (await fetch(`http://${hosts.address(bridge)}:8080/api/v1/state`)).json()) as {
          totals: unknown;
        }
      ).totals;
    await expect.poll(() => totals().catch(String), polling).toMatchObject({ ledger: truth });
    const topics = { access: access(), rawTopic: "data_raw", cleanTopic: "data_clean" };
    const unread: unknown[] = [];
    // The window of the last heartbeats is after that of the last rows.
    const audit = (): Promise<AuditReport> => {
      const context = { unread: unread.push.bind(unread), signal: AbortSignal.timeout(60_000) };
      const limits = { allowedLatenessMs: 300_000, settledMs };
      return auditTopics({ ...topics, ...context }, limits);
    };
    await expect.poll(audit, polling).toMatchObject({ complete: true });
    expect(unread.flat()).toEqual([]);
  });

  /** Adds a line for each of the last windows, and for each that has several messages. */
  function withVersions(error: Error): never {
    const ids = [...watch.newest.keys()].sort((a, b) => a - b);
    const messagesOf = (id: number): WindowMessage[] => watch.seen.filter((message) => message.msg_ID === id);
    const shown = new Set([...ids.filter((id) => messagesOf(id).length > 1), ...ids.slice(-5)]);
    const lines = [...shown].map((id) => {
      const versions = messagesOf(id).map(
        ({ revision, ledger, emitted_ms: ms }) =>
          `revision ${revision}, ${ledger.rows} rows, ${new Date(ms).toISOString()}`,
      );
      return `window ${id}: ${versions.join("; ")}`;
    });
    throw new Error([error.message, ...lines].join("\n"), { cause: error });
  }

  /** The two TaskManager hosts on which tasks run. */
  async function busyHosts(): Promise<number[]> {
    await slots({ "slots-available": 1 });
    const url = `http://${hosts.address(jobManager)}:8081/taskmanagers`;
    const { taskmanagers: all } = (await (await fetch(url)).json()) as {
      taskmanagers: { id: string; freeSlots: number }[];
    };
    const addresses = all.filter(({ freeSlots }) => freeSlots === 0).map(({ id }) => id);
    const busy = taskManagers.filter((number) => addresses.some((id) => id.endsWith(hosts.address(number))));
    expect(busy).toHaveLength(2);
    return busy;
  }

  async function runningJob(): Promise<FlinkJob | undefined> {
    return (await rest().jobs()).find((job) => !hasEnded(job));
  }
});
