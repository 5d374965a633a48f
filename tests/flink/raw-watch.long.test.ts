/** The watch on the topic of rows, without a job: the records that it writes, and its reports if topics have no id. */
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { RawWatch, type RawWatchOptions } from "../../runners/flink/raw-watch.js";
import { keepAliveKey } from "../../pipeline/model/index.js";
import { describeWithJava } from "../services/with-java.js";
import { countRecords, recordsOf } from "../kafka/topic-content.js";
import { useTopics } from "../kafka/use-topics.js";

const polling = { timeout: 60_000, interval: 100 };
const binary = Buffer.from([0, 0, 0, 0, 7, 0x80, 0xff]);
let topics = 0;

describeWithJava("the watch on the topic of rows", () => {
  const { bootstrapServers, linesOf, withProducer } = useTopics();
  let topic = "";

  beforeEach(async () => {
    topic = `raw${(topics += 1)}`;
    await linesOf("create", topic, "--partitions", "1");
  });

  function watch(more: Partial<RawWatchOptions> = {}): RawWatch {
    const started = new RawWatch({
      access: { bootstrapServers: bootstrapServers() },
      ...{ topic, keepAlive: "auto", cure: "start the job again", log: () => undefined },
      windowMs: () => 500,
      ...more,
    });
    onTestFinished(() => started.close());
    started.start();
    return started;
  }

  const send = (...values: (string | Buffer)[]): Promise<void> =>
    withProducer(async (producer) => {
      await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value })) });
    });

  const commit = (value: string | Buffer): Promise<void> =>
    withProducer(async (producer) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value }] });
      await transaction.commit();
    }, `tx-${topic}`);

  const keys = async (): Promise<(string | undefined)[]> =>
    (await recordsOf(bootstrapServers(), topic)).map(({ key }) => key?.toString());

  it("writes exactly one empty record after a transaction of text", async () => {
    await commit("2,0,1,300,5,5");
    const started = watch();
    await expect.poll(keys, polling).toEqual([undefined, keepAliveKey]);
    // A text record follows, so no empty record is needed.
    await send("2,0,2,300,5,5");
    await expect.poll(() => started.problem, polling).toBeNull();
    expect(await keys()).toEqual([undefined, keepAliveKey, undefined]);
  });

  it.each(["auto", "never"] as const)(
    "with %s writes nothing to a topic with binary messages of other producers, and names the partition",
    async (keepAlive) => {
      await commit(binary);
      // The transaction marker is written after the commit, and has an offset too.
      const before = 2;
      await expect.poll(() => countRecords(bootstrapServers(), topic), polling).toBe(before);
      const started = watch({ keepAlive });
      await expect
        .poll(() => started.problem, polling)
        .toBe(
          `partition 0 of ${topic} ends with a transaction marker, and windows wait for its next record: ` +
            `--keep-alive always allows an empty record there`,
        );
      expect(await countRecords(bootstrapServers(), topic)).toBe(before);
      // The next record of its producer solves the problem.
      await send(binary);
      await expect.poll(() => started.problem, polling).toBeNull();
      expect(await countRecords(bootstrapServers(), topic)).toBe(before + 1);
    },
  );

  it("with always also writes to a topic of binary messages", async () => {
    await commit(binary);
    const started = watch({ keepAlive: "always" });
    await expect.poll(keys, polling).toEqual([undefined, keepAliveKey]);
    expect(started.problem).toBeNull();
  });

  it("names a topic that ends before the last read offset, if topics have no id", async () => {
    await commit("2,0,1,300,5,5");
    const started = watch({ limits: { metadata: 6, fetch: 11 } });
    // The empty record shows that the watch has seen the end of the topic.
    await expect.poll(keys, polling).toEqual([undefined, keepAliveKey]);
    await linesOf("delete", topic, "--yes");
    await linesOf("create", topic, "--partitions", "1");
    await send("2,0,2,300,5,5");
    await expect
      .poll(() => started.problem, polling)
      .toBe(
        `topic ${topic} ends before what the job has read; the job skips 1 of its messages: start the job again`,
      );
  });
});
