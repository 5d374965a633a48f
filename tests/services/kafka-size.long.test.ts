/** A Kafka with a size limit in bytes, filled beyond it. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { asAdmin, KafkaSender } from "../../runners/kafka/index.js";
import {
  ensureTopics,
  KafkaSize,
  rawTopic,
  startKafka,
  type KafkaNode,
} from "../../runners/services/index.js";
import { describeWithJava, temporaryState } from "./with-java.js";

const maxBytes = 200e6;
const polling = { timeout: 240_000, interval: 500 };

describeWithJava("a Kafka with a size limit", () => {
  const stateFolder = temporaryState();
  let kafka: KafkaNode;
  let size: KafkaSize;
  const lines: string[] = [];

  beforeAll(async () => {
    kafka = await startKafka({ stateFolder, maxBytes });
    size = new KafkaSize({ ...kafka, maxBytes, log: (line) => lines.push(line), everyMs: 500 });
    await ensureTopics(kafka.bootstrapServers, [rawTopic(6)]);
  }, 240_000);

  afterAll(async () => {
    size.close();
    await kafka.part.stop();
  });

  it("drops the oldest records beyond the limit in all partitions, and reports it", async () => {
    const { bootstrapServers } = kafka;
    const sender = new KafkaSender({ bootstrapServers, topic: "data_raw" });
    const value = Buffer.alloc(250_000, "2,0,1,7,5,5\n");
    const records = Array.from({ length: 60 }, (_, i) => i % 6).map((partition) => {
      return { key: null, value, timestampMs: Date.now(), partition };
    });
    // 300 MB
    for (let round = 0; round < 20; round += 1) await sender.send(records);
    await sender.close();
    const lows = (): Promise<string[]> =>
      asAdmin({ bootstrapServers }, async (admin) =>
        (await admin.fetchTopicOffsets("data_raw")).map(({ low }) => low),
      );
    await expect.poll(() => size.bytes, polling).toBeLessThan(maxBytes);
    expect((await lows()).some((low) => low !== "0")).toBe(true);
    await expect.poll(() => size.notice, polling).toMatch(/^Kafka keeps data_raw for \d+ minutes only: /);
    expect(lines.at(-1)).toBe(size.notice);
  });
});
