/** A sample of new records of a real topic: no old records, each once, a limited number at a time, even if a broker fails. */
import { expect, it, onTestFinished } from "vitest";
import { asAdmin, TopicSample } from "../../runners/kafka/index.js";
import { describeWithJava } from "../services/with-java.js";
import { useTopics } from "./use-topics.js";

const polling = { timeout: 60_000, interval: 100 };
const topic = "sampled";

describeWithJava("a sample of a topic", () => {
  const { node, bootstrapServers, linesOf, withProducer } = useTopics();

  it("contains new records with partition and offset, a limited number at a time", async () => {
    await linesOf("create", topic, "--partitions", "2");
    let [many, few] = [0, 0];
    /** Records whose value is their own position. */
    const send = (records: number): Promise<void> =>
      withProducer(async (producer) => {
        const fill = Array.from({ length: records }, () => ({ value: `0 ${many++}`, partition: 0 }));
        const messages = [...fill, { value: `1 ${few++}`, partition: 1 }];
        await producer.send({ topic, acks: -1, messages });
      });
    await send(10);
    const access = { bootstrapServers: bootstrapServers() };
    const sample = new TopicSample({ ...access, topic });
    onTestFinished(() => sample.close());
    const taken: string[] = [];
    await sample.start(({ partition, value }, offset) => {
      expect(Buffer.from(value).toString()).toBe(`${partition} ${offset}`);
      taken.push(`${partition} ${offset}`);
    });
    await send(2000);
    await expect.poll(() => taken.includes("1 1") && taken.includes("0 2009"), polling).toBe(true);
    const before = taken.length;
    expect(before).toBeLessThanOrEqual(1 + 250);
    await send(1);
    await expect.poll(() => taken.length, polling).toBe(before + 2);
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken).not.toContain("0 9");

    await node().part.kill9();
    await node().part.restart();
    await send(1);
    await expect.poll(() => taken.length, polling).toBe(before + 4);

    await sample.close();
    const { groups } = await asAdmin(access, (admin) => admin.listGroups());
    expect(groups.filter(({ groupId }) => groupId.startsWith("muonitor-samples"))).toEqual([]);
  });
});
