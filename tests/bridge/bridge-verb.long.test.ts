/** The verb `bridge` on a real Kafka: killed and started again, on a topic that was shortened or made anew meanwhile. */
import { Kafka, logLevel } from "kafkajs";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { cleanKey, topicsOf, type Alarm, type WindowMessage } from "../../pipeline/model/index.js";
import { cleanTopic, ensureTopics, startKafka, type KafkaNode } from "../../runners/parts/index.js";
import { startMuonitor, type RealProcess } from "../cli/real-process.js";
import { makeMessage } from "../helpers/messages.js";
import { describeWithJava, temporaryState } from "../parts/with-java.js";

const patience = { timeout: 90_000, interval: 200 };
const topic = topicsOf("test").cleanTopic;
const firstId = Math.floor(Date.now() / 5000) - 100;

describeWithJava("the bridge alone", () => {
  const stateFolder = temporaryState();
  const ownState = temporaryState();
  let node: KafkaNode;
  let kafka: Kafka;
  let running: RealProcess | null = null;
  let url = "";

  beforeAll(async () => {
    node = await startKafka({ stateFolder });
    kafka = new Kafka({ brokers: [node.bootstrapServers], logLevel: logLevel.NOTHING });
    await ensureTopics(node.bootstrapServers, [cleanTopic(topic)]);
  }, 300_000);

  afterEach(() => kill());
  afterAll(() => node.part.stop());

  async function start(): Promise<void> {
    const args = ["bridge", "--bootstrap-servers", node.bootstrapServers, "--stream", "test", "--port", "0"];
    running = startMuonitor([...args, "--state-dir", ownState], stateFolder);
    await expect.poll(() => running?.stdout(), patience).toMatch(/^Muonitor shows test at http:\S+\n$/);
    url = /http:\S+/.exec(running.stdout())![0];
  }

  async function kill(): Promise<void> {
    running?.signal("SIGKILL");
    await running?.ended;
    running = null;
  }

  async function publish(messages: readonly WindowMessage[]): Promise<void> {
    const producer = kafka.producer();
    await producer.connect();
    const records = messages.map((message) => ({
      key: cleanKey("test", message.window.start_ms),
      value: JSON.stringify(message),
    }));
    await producer.send({ topic: topic, acks: -1, messages: records });
    await producer.disconnect();
  }

  const windows = (from: number, count: number, change: object = {}): WindowMessage[] =>
    Array.from({ length: count }, (_, i) => {
      const message = makeMessage({ id: firstId + from + i, orbits: 200, ...change });
      return { ...message, emitted_ms: message.window.end_ms + 100 };
    });

  async function get<T>(path: string): Promise<T> {
    return (await (await fetch(new URL(path, url))).json()) as T;
  }

  const total = async (): Promise<number> =>
    (await get<{ totals: { windows: number } }>("/api/v1/state")).totals.windows;

  it("knows after it was killed what it knew before, and what came meanwhile", async () => {
    await publish(windows(0, 30));
    await start();
    await expect.poll(total, patience).toBe(30);
    await publish(windows(30, 4, { silentChambers: [2] }));
    const standing = async (): Promise<Alarm[]> => get<Alarm[]>("/api/v1/alarms");
    const silent = async (): Promise<Alarm | undefined> =>
      (await standing()).find(({ finding }) => finding.rule === "silent-chamber");
    await expect.poll(silent, patience).toMatchObject({ finding: { scope: { chamber: 2 } } });
    const { id } = (await silent())!;
    const note = { by: "Shifter", comment: "high voltage is off" };
    await fetch(new URL(`/api/v1/alarms/${id}/acknowledge`, url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(note),
    });
    await kill();

    await publish(windows(34, 6, { silentChambers: [2] }));
    await start();
    await expect.poll(total, patience).toBe(40);
    expect(await silent()).toMatchObject({ id, acknowledged: note, cleared_ms: null });
    expect((await get<WindowMessage>(`/api/v1/windows/${firstId + 3}`)).msg_ID).toBe(firstId + 3);
    await publish(windows(40, 3));
    await expect.poll(async () => (await silent())?.cleared_ms, patience).toEqual(expect.any(Number));
    expect(await silent()).toMatchObject({ id, acknowledged: note });
    await expect.poll(total, patience).toBe(43);
    // What is asked of the store is written first: from here on no window is in memory alone.
    expect(await get<WindowMessage[]>(`/api/v1/windows?from_ms=0&to_ms=${Date.now()}`)).toHaveLength(43);
  }, 400_000);

  it("goes on where the topic begins when what it had not read is gone", async () => {
    await publish(windows(43, 5));
    const admin = kafka.admin();
    await admin.connect();
    const [{ high } = { high: "0" }] = await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic: topic, partitions: [{ partition: 0, offset: high }] });
    await publish(windows(48, 2));
    await start();
    await expect.poll(total, patience).toBe(45);
    expect((await get<WindowMessage>(`/api/v1/windows/${firstId + 3}`)).msg_ID).toBe(firstId + 3);
    await kill();

    await admin.deleteTopics({ topics: [topic] });
    await expect.poll(async () => (await admin.listTopics()).includes(topic), patience).toBe(false);
    await admin.disconnect();
    await ensureTopics(node.bootstrapServers, [cleanTopic(topic)]);
    await publish(windows(50, 2));
    await start();
    await expect.poll(total, patience).toBe(47);
  }, 400_000);
});
