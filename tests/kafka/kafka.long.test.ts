/** Sending rows to a real Kafka and reading windows from it, while the broker is killed and restarted. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cleanKey, type RawRecord, type WindowMessage } from "../../pipeline/model/index.js";
import { KafkaSender, KafkaWindowSource, partitionsOf } from "../../runners/kafka/index.js";
import {
  cleanTopic,
  ensureTopics,
  freePort,
  rawTopic,
  startKafka,
  type KafkaNode,
} from "../../runners/services/index.js";
import { runCli, type CliOutcome } from "../cli/run-cli.js";
import { makeMessage } from "../helpers/messages.js";
import { describeOnEachKafka, temporaryState } from "../services/with-java.js";

const partitions = 3;
const perBatch = 12;
const polling = { timeout: 60_000, interval: 50 };

describeOnEachKafka("Kafka from TypeScript", (release) => {
  const stateFolder = temporaryState();
  let node: KafkaNode;
  let kafka: Kafka;

  beforeAll(async () => {
    node = await startKafka({ stateFolder, release });
    kafka = new Kafka({ brokers: [node.bootstrapServers], logLevel: logLevel.NOTHING });
    await ensureTopics(node.bootstrapServers, [rawTopic(partitions), cleanTopic()]);
  }, 300_000);

  afterAll(() => node.part.stop());

  /** Values of each partition of a topic, in order. */
  async function contentOf(topic: string): Promise<string[][]> {
    const admin = kafka.admin();
    const consumer = kafka.consumer({ groupId: `content-${performance.now()}` });
    const content = Array.from({ length: partitions }, (): string[] => []);
    await Promise.all([admin.connect(), consumer.connect()]);
    const held = (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ partition, message }) => {
        content[partition]!.push(String(message.value));
        return Promise.resolve();
      },
    });
    await expect.poll(() => content.flat().length, polling).toBe(held);
    await Promise.all([admin.disconnect(), consumer.disconnect()]);
    return content;
  }

  describe("the sender", () => {
    const record = (n: number): RawRecord => ({
      key: null,
      value: Buffer.from(String(n)),
      timestampMs: Date.now(),
      partition: n % partitions,
    });

    it("delivers every record once and in order, even if the broker is killed meanwhile", async () => {
      const sender = new KafkaSender({ bootstrapServers: node.bootstrapServers, topic: "data_raw" });
      const batches = 300;
      let [sent, retries] = [0, 0];
      const sendAll = async (): Promise<void> => {
        while (sent < batches) {
          const records = Array.from({ length: perBatch }, (_, i) => record(sent * perBatch + i));
          for (;;) {
            const error: unknown = await sender.send(records).then(
              () => null,
              (reason: unknown) => reason,
            );
            if (error === null) break;
            expect(error).toMatchObject({ retriable: true });
            retries += 1;
          }
          sent += 1;
        }
      };
      const sending = sendAll();
      await expect.poll(() => sent, { timeout: 20_000, interval: 1 }).toBeGreaterThan(30);
      await node.part.kill9();
      expect(sent).toBeLessThan(batches);
      // The broker is down until the sender has given up once.
      await expect.poll(() => retries, polling).toBeGreaterThan(0);
      await node.part.restart();
      await sending;
      await sender.close();
      const wanted = Array.from({ length: partitions }, (_, partition) =>
        Array.from({ length: (batches * perBatch) / partitions }, (__, i) =>
          String(i * partitions + partition),
        ),
      );
      expect(await contentOf("data_raw")).toEqual(wanted);
    });

    it("splits batches too large for one request", async () => {
      await ensureTopics(node.bootstrapServers, [rawTopic(1, "large")]);
      const sender = new KafkaSender({ bootstrapServers: node.bootstrapServers, topic: "large" });
      const value = Buffer.alloc(500_000, "x");
      await sender.send(Array.from({ length: 5 }, () => ({ ...record(0), value })));
      await sender.close();
      expect((await contentOf("large"))[0]).toHaveLength(5);
    });

    it("reports in one line that a record can never be accepted", async () => {
      const sender = new KafkaSender({ bootstrapServers: node.bootstrapServers, topic: "large" });
      const future = { ...record(0), timestampMs: Date.now() + 3_600_000 };
      await expect(sender.send([future])).rejects.toMatchObject({
        retriable: false,
        message: expect.stringMatching(/^Kafka refuses records for large: .*timestamp/i),
      });
      await sender.send([record(0)]);
      await sender.close();
    });

    it("reads the number of partitions, or lists the existing topics", async () => {
      expect(await partitionsOf(node, "data_raw")).toBe(partitions);
      await expect(partitionsOf(node, "data_rwa")).rejects.toThrow(
        `no topic data_rwa at ${node.bootstrapServers} (there are data_clean, data_raw, large): `,
      );
    });
  });

  describe("produce --bootstrap-servers", () => {
    const produce = (topic: string, ...more: string[]): Promise<CliOutcome> =>
      runCli([
        ...["produce", "--bootstrap-servers", node.bootstrapServers, "--topic", topic],
        ...["--limit", "5000", "--rate", "0", ...more],
      ]);

    it("sends every row, to the partitions in turn", async () => {
      await ensureTopics(node.bootstrapServers, [rawTopic(partitions, "produced")]);
      const { code, stderr } = await produce("produced");
      expect([code, stderr.trimEnd().split("\n").at(-1)]).toEqual([0, "5000 rows in 500 messages accepted"]);
      const content = (await contentOf("produced")).map((values) => values.filter((value) => value !== ""));
      expect(content.map((values) => values.length)).toEqual([167, 167, 166]);
      expect(content.flat().join("").trimEnd().split("\n")).toHaveLength(5000);
    });

    it("simulates the telescope of the detector file", async () => {
      await ensureTopics(node.bootstrapServers, [rawTopic(partitions, "elsewhere")]);
      const chambers = [0, 1, 2, 3].map(
        (i) => `  - { fpga: 5, first-channel: ${64 * i}, height-mm: 0, rotated: false, drift-offset-ns: 90 }`,
      );
      const file = join(stateFolder, "lab2.yaml");
      writeFileSync(file, `chambers:\n${chambers.join("\n")}\nscintillator: { fpga: 6, channel: 300 }\n`);
      expect(await produce("elsewhere", "--detector", file)).toMatchObject({ code: 0 });
      const rows = (await contentOf("elsewhere")).flat().join("").trimEnd().split("\n");
      const places = rows.map((row) => row.split(",")).filter(([head]) => head === "2");
      const cells = places.filter(([, fpga]) => fpga === "5").map(([, , channel]) => Number(channel));
      const others = places
        .filter(([, fpga]) => fpga !== "5")
        .map(([, fpga, channel]) => `${fpga}/${channel}`);
      expect(Math.max(...cells)).toBeGreaterThan(191);
      expect(others).toContain("6/300");
      // The other channels are unmapped channels of the same FPGA.
      expect(others.filter((place) => !place.startsWith("6/"))).toEqual([]);
    });

    it("lists the topics in one line", async () => {
      const { code, stderr } = await produce("nosuch");
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^muonitor: no topic nosuch at \S+ \(there are [^\n]*data_raw[^\n]*\): [^\n]* creates it\n$/,
      );
    });

    it("reports in one line that no broker answers", async () => {
      const { code, stderr } = await runCli([
        "produce",
        "--bootstrap-servers",
        `127.0.0.1:${await freePort()}`,
      ]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^muonitor: no Kafka broker answers at 127\.0\.0\.1:\d+: [^\n]*\n$/);
    });
  });

  describe("the source of windows", () => {
    const seen: WindowMessage[] = [];
    const log: string[] = [];
    const ids = (): number[] => seen.map(({ msg_ID }) => msg_ID);
    const start = async (lastMessages?: number): Promise<KafkaWindowSource> => {
      seen.length = 0;
      log.length = 0;
      const source = new KafkaWindowSource({
        bootstrapServers: node.bootstrapServers,
        topic: "data_clean",
        stream: "test",
        log: (line) => log.push(line),
        ...(lastMessages === undefined ? {} : { lastMessages }),
      });
      await source.start({ window: (message) => seen.push(message) });
      return source;
    };
    const publish = async (messages: readonly { key: string; value: string | null }[]): Promise<void> => {
      const producer = kafka.producer();
      await producer.connect();
      await producer.send({ topic: "data_clean", acks: -1, messages: [...messages] });
      await producer.disconnect();
    };
    const keyed = (id: number, revision = 0, stream = "test"): { key: string; value: string } => {
      const message = makeMessage({ id, revision });
      return { key: cleanKey(stream, message.window.start_ms), value: JSON.stringify(message) };
    };

    it("delivers valid windows of its telescope, and counts other messages", async () => {
      const source = await start();
      await publish([
        keyed(1),
        { key: "test:0", value: "not JSON" },
        { key: "test:5", value: "{}" },
        { key: "test:5", value: null },
        keyed(2, 0, "other"),
        keyed(3),
      ]);
      await expect.poll(ids, polling).toEqual([1, 3]);
      expect(source.invalid).toBe(2);
      expect(log).toEqual([
        expect.stringMatching(/^data_clean: 1 messages are not window messages, .*offset 1: /),
      ]);
      await source.close();
    });

    it("resumes where it stopped when the broker restarts, and delivers nothing twice", async () => {
      const source = await start(1);
      await expect.poll(ids, polling).toEqual([3]);
      await node.part.kill9();
      await node.part.restart();
      await publish([keyed(3, 1), keyed(4)]);
      await expect.poll(ids, polling).toEqual([3, 3, 4]);
      expect(seen.map(({ revision }) => revision)).toEqual([0, 1, 0]);
      await source.close();
    });

    it("begins with past windows at each start, and leaves no consumer group behind", async () => {
      const source = await start();
      await expect.poll(ids, polling).toEqual([1, 3, 3, 4]);
      await source.close();
      const admin = kafka.admin();
      await admin.connect();
      const { groups } = await admin.listGroups();
      await admin.disconnect();
      expect(groups.filter(({ groupId }) => groupId.startsWith("muonitor-page"))).toEqual([]);
    });

    it("reports in one line that there is nothing to read", async () => {
      const source = new KafkaWindowSource({
        bootstrapServers: node.bootstrapServers,
        topic: "none",
        stream: "test",
        log: () => undefined,
      });
      await expect(source.start({ window: () => undefined })).rejects.toThrow(
        `topic none at ${node.bootstrapServers} cannot be read: `,
      );
      await source.close();
    });
  });
});
