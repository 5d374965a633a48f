/** `results` converts windows on data_clean to the earlier system's results, once or continuously. */
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  defaultDetector,
  defaultSystemCBins,
  InterruptedError,
  type WindowMessage,
} from "../../pipeline/model/index.js";
import {
  cleanTopic,
  ensureTopics,
  rawTopic,
  startKafka,
  type KafkaNode,
} from "../../runners/services/index.js";
import { runCli } from "../cli/run-cli.js";
import { polling } from "../helpers/polling.js";
import { processFile } from "../helpers/process-file.js";
import { describeWithJava, temporaryState } from "../services/with-java.js";

const example = new URL("../golden/examples/few-rows.txt", import.meta.url).pathname;

describeWithJava("results", () => {
  const stateFolder = temporaryState();
  let node: KafkaNode;
  let lines: string[];
  let wanted: unknown[];

  beforeAll(async () => {
    node = await startKafka({ stateFolder, release: "kafka-4" });
    await ensureTopics(node.bootstrapServers, [cleanTopic(), rawTopic(1, "results"), rawTopic(1, "again")]);
    const run = await processFile(example, { detector: { ...defaultDetector, systemC: defaultSystemCBins } });
    lines = run.lines;
    wanted = run.messages.map(({ system_c: result }) => result);
    await publish(lines);
  }, 300_000);

  afterAll(() => node.part.stop());

  async function publish(values: readonly string[]): Promise<void> {
    const producer = new Kafka({ brokers: [node.bootstrapServers], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    const messages = values.map((value) => {
      const { window } = JSON.parse(value) as WindowMessage;
      return { key: `minidt:${window.start_ms}`, value };
    });
    await producer.send({ topic: "data_clean", messages });
    await producer.disconnect();
  }

  const servers = (): string[] => ["--bootstrap-servers", node.bootstrapServers];
  async function contentOf(topic: string): Promise<unknown[]> {
    const { stdout } = await runCli(["topics", "peek", topic, "--format", "raw", ...servers()]);
    return stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown);
  }

  it("are shown by up --source kafka, a running system that other commands find", async () => {
    const over = new AbortController();
    const state = ["--state-dir", `${stateFolder}/page`];
    const up = ["up", "--source", "kafka", "--port", "0", "--history", "none", ...servers(), ...state];
    const running = runCli(up, { signal: over.signal });
    const status = async (): Promise<string> => (await runCli(["status", ...state])).stdout;
    await expect
      .poll(status, polling)
      .toContain(`  source    topic data_clean at ${node.bootstrapServers}\n`);
    expect(await status()).toContain(`  Kafka     ${node.bootstrapServers}\n`);
    const topics = await runCli(["topics", "list", ...state]);
    expect([topics.code, topics.stdout]).toEqual([0, expect.stringContaining("data_clean")]);
    const sent = await runCli(["produce", "--limit", "10", ...state]);
    expect([sent.code, sent.stderr]).toEqual([1, expect.stringContaining("no topic data_raw")]);
    over.abort(new InterruptedError());
    expect(await running).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Muonitor is live at http/),
    });
    expect(await status()).toContain("no Muonitor runs with the state folder");
  });

  it("are published once for all existing messages", async () => {
    expect(wanted).toHaveLength(3);
    const { code, stderr } = await runCli(["results", "--once", ...servers()]);
    expect([code, stderr]).toEqual([0, "3 results published\n"]);
    expect(await contentOf("results")).toEqual(wanted);
  });

  it("are published continuously, and a restart resumes where it stopped", async () => {
    for (const more of [0, 1]) {
      if (more > 0) await publish(lines.slice(0, more));
      const ending = new AbortController();
      const running = runCli(["results", "--topic", "again", ...servers()], { signal: ending.signal });
      await expect
        .poll(async () => (await contentOf("again")).length, { timeout: 90_000, interval: 500 })
        .toBe(3 + more);
      // The position is committed just after the results were accepted.
      await expect.poll(committed, { timeout: 60_000, interval: 200 }).toBe(3 + more);
      ending.abort();
      expect(await running).toMatchObject({ code: 0 });
    }
    expect(await contentOf("again")).toEqual([...wanted, wanted[0]]);
  });

  /** The offset up to which the results of topic `again` are committed. */
  async function committed(): Promise<number> {
    const admin = new Kafka({ brokers: [node.bootstrapServers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const groupId = "muonitor-results-minidt-again";
    const [topic] = await admin.fetchOffsets({ groupId, topics: ["data_clean"] });
    await admin.disconnect();
    return Number(topic?.partitions[0]?.offset ?? -1);
  }

  it("reports that the job was submitted without --system-c", async () => {
    const message = JSON.parse(lines[0]!) as WindowMessage;
    await publish([JSON.stringify({ ...message, system_c: undefined })]);
    const { code, stderr } = await runCli(["results", "--once", ...servers()]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/; 1 messages came from a job without --system-c\n$/);
  });

  it("requires its topic", async () => {
    const outcome = await runCli(["results", "--once", "--topic", "nowhere", ...servers()]);
    expect(outcome).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("no topic nowhere (there are "),
    });
  });
});
