/**
 * Transactions on the topic of rows: a transaction marker at the end of a partition does not block windows, aborted rows do
 * not count, and an open transaction is reported. Then the topic is recreated: messages that the job skips are counted.
 */
import { Kafka, logLevel, type Producer } from "kafkajs";
import { expect, it, onTestFinished } from "vitest";
import { RawWatch } from "../../runners/flink/raw-watch.js";
import type { KeepAliveRule } from "../../runners/flink/keep-alive.js";
import { asAdmin, keptOffsets, topicIdOf } from "../../runners/kafka/index.js";
import { ensureTopics, rawTopic } from "../../runners/services/index.js";
import { runCli } from "../cli/run-cli.js";
import { describeWithJava } from "../services/with-java.js";
import { streamingConfig, useStreamingSystem } from "./system.js";

const polling = { timeout: 90_000, interval: 250 };
const topic = "data_raw";

describeWithJava("transactions on the topic of rows", () => {
  const system = useStreamingSystem({ partitions: 2 });
  const client = (): Kafka =>
    new Kafka({ brokers: [system.kafka.bootstrapServers], logLevel: logLevel.NOTHING });

  async function withProducer(id: string | null, work: (producer: Producer) => Promise<void>): Promise<void> {
    const producer = client().producer({
      idempotent: true,
      maxInFlightRequests: 1,
      ...(id === null ? {} : { transactionalId: id }),
    });
    await producer.connect();
    try {
      await work(producer);
    } finally {
      await producer.disconnect();
    }
  }

  /** Rows of FPGA 0, channel 5, whose orbit is the row's number. */
  const rows = (count: number, orbit = 1): string =>
    Array.from({ length: count }, (_, i) => `2,0,5,${orbit + i},5,5\n`).join("");

  const startWatch = (keepAlive: KeepAliveRule): RawWatch => {
    const watch = new RawWatch({
      ...{ access: system.access, topic, keepAlive, cure: "start the job again", log: () => undefined },
      windowMs: () => streamingConfig.windowMs,
    });
    onTestFinished(() => watch.close());
    watch.start();
    return watch;
  };

  const total = (): number => system.watch.total().rows;

  /** Sends one plain row per second to partition 1 until a condition is met. @returns rows sent */
  async function withPlainRows(condition: (sent: number) => boolean): Promise<number> {
    let sent = 0;
    await withProducer(null, async (producer) => {
      await expect
        .poll(
          async () => {
            await producer.send({
              topic,
              acks: -1,
              messages: [{ partition: 1, value: rows(1, 1000 + sent++) }],
            });
            return condition(sent);
          },
          { timeout: 120_000, interval: 1000 },
        )
        .toBe(true);
    });
    return sent;
  }

  it("at the end of a partition do not block windows, which contain only committed rows", async () => {
    await withProducer("committed", async (producer) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ partition: 0, value: rows(7) }] });
      await transaction.commit();
    });
    await withProducer("aborted", async (producer) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ partition: 0, value: rows(100) }] });
      await transaction.abort();
    });
    // Without a record after the marker, the watermark stops soon after the transaction.
    const never = startWatch("never");
    let waited = 0;
    let sent = await withPlainRows(() => (waited += 1) >= 12);
    expect(total()).toBeLessThanOrEqual(7 + 3);
    expect(never.problem).toMatch(/^partition 0 of data_raw ends with a transaction marker/);
    await never.close();

    startWatch("auto");
    sent += await withPlainRows(() => total() >= 12 + 7);
    // The last windows arrive after the end of the plain rows.
    await expect.poll(total, polling).toBe(7 + sent);
    const { code, stdout } = await runCli([
      ...["audit", "--bootstrap-servers", system.kafka.bootstrapServers, "--settle", "0"],
    ]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^every message is accounted for: /)]);
  }, 400_000);

  it("get empty records after them, which create no windows: a stopped read-out is seen as stopped", async () => {
    const windows = (): number => system.watch.newest.size;
    startWatch("always");
    await withProducer("last", async (producer) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ partition: 0, value: rows(1) }] });
      await transaction.commit();
    });
    const before = total();
    await expect.poll(total, polling).toBe(before + 1);
    const known = windows();
    // Wait for more than three window lengths.
    await new Promise((resolve) => setTimeout(resolve, 7000));
    expect(windows()).toBe(known);
  }, 200_000);

  it("are reported while open, and their rows arrive after the commit", async () => {
    const watch = startWatch("auto");
    const before = total();
    await withProducer("open", async (producer) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ partition: 1, value: rows(5) }] });
      await expect
        .poll(() => watch.problem, polling)
        .toMatch(/^a transaction is open in partition 1 of data_raw since \d\d:\d\d:\d\d UTC \(offset \d+\)/);
      await transaction.commit();
    });
    await expect.poll(() => watch.problem, polling).toBeNull();
    await expect.poll(total, polling).toBe(before + 5);
  }, 200_000);

  it("are followed by a recreated topic, which is reported, with the number of skipped messages", async () => {
    const watch = startWatch("auto");
    const id = await topicIdOf(system.access, topic);
    await expect.poll(() => watch.problem, polling).toBeNull();
    await asAdmin(system.access, async (admin) => {
      await admin.deleteTopics({ topics: [topic] });
      await expect.poll(async () => (await admin.listTopics()).includes(topic), polling).toBe(false);
    });
    await ensureTopics(system.kafka.bootstrapServers, [rawTopic(2)]);
    expect(await topicIdOf(system.access, topic)).not.toBe(id);
    await withProducer(null, async (producer) => {
      await producer.send({ topic, acks: -1, messages: [{ partition: 0, value: rows(3) }] });
    });
    await expect
      .poll(() => watch.problem, { timeout: 30_000, interval: 250 })
      .toBe(
        "topic data_raw was deleted and created again; the job skips 1 of its messages: start the job again",
      );
    expect(await keptOffsets(system.access, "muonitor", topic)).toEqual([]);
  }, 200_000);
});
