/** Where the reader of windows starts, without Kafka. */
import { expect, it, onTestFinished, vi } from "vitest";
import { defaultDetector } from "../../pipeline/model/index.js";
import { KafkaCounterSource, TopicSample } from "../../runners/kafka/index.js";
import { CleanTopic } from "../../runners/live/clean-topic.js";
import { FlinkEngine } from "../../runners/live/flink/engine.js";

const known = [{ topic: "data_clean", partition: 0, next: "12 of an earlier topic" }];

/** The positions with which an engine starts to read windows. */
async function positionsWith(isNewKafka: boolean): Promise<unknown> {
  const start = vi.spyOn(CleanTopic.prototype, "start").mockResolvedValue();
  const others = [KafkaCounterSource, TopicSample].map(({ prototype }) =>
    vi.spyOn(prototype as Pick<KafkaCounterSource, "start">, "start").mockResolvedValue(),
  );
  onTestFinished(() => [start, ...others].forEach((spy) => spy.mockRestore()));
  const engine = new FlinkEngine({
    kafka: { bootstrapServers: "127.0.0.1:9", kafkaSettings: new Map() },
    stream: "minidt",
    windowMs: 5000,
    allowedLatenessMs: 60_000,
    detector: defaultDetector,
    log: () => undefined,
    partitions: 1,
    rawTopic: "data_raw",
    cleanTopic: "data_clean",
    cluster: () => ({ parts: [], notices: [], job: null, skipped: null, unread: null }),
    isNewKafka,
    rawFormat: "rows",
    jobReads: () => undefined,
  });
  await engine.startWindows(() => known);
  return start.mock.calls[0]?.[1];
}

it("windows of an existing Kafka are read from where the history ends", async () => {
  expect(await positionsWith(false)).toEqual(known);
});

it("windows of a Kafka that was started empty are read from the start, without a report of a recreated topic", async () => {
  expect(await positionsWith(true)).toEqual([]);
});
