/** A topic that is recreated, truncated or emptied while it is read: all its records are read or counted as lost. */
import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import {
  asAdmin,
  KafkaWindowSource,
  readRanges,
  TopicFollower,
  TopicReader,
  TopicSample,
  type FollowOptions,
  type MessagePosition,
} from "../../runners/kafka/index.js";
import { cleanTopic, ensureTopics } from "../../runners/services/index.js";
import { runCli } from "../cli/run-cli.js";
import { makeMessage } from "../helpers/messages.js";
import { describeOnEachKafka } from "../services/with-java.js";
import { useTopics } from "./use-topics.js";

const polling = { timeout: 60_000, interval: 100 };
let topics = 0;

describeOnEachKafka("a topic that is being read", (release) => {
  const { node, bootstrapServers, linesOf, withProducer, topics: topicsVerb } = useTopics(release);
  let topic = "";

  beforeEach(async () => {
    topic = `t${(topics += 1)}`;
    await linesOf("create", topic, "--partitions", "2");
  });

  const send = (values: readonly string[], partition = 0): Promise<void> =>
    withProducer(async (producer) => {
      await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value, partition })) });
    });
  const some = (name: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${name}${i}`);

  async function recreate(partitions: number): Promise<void> {
    await linesOf("delete", topic, "--yes");
    await linesOf("create", topic, "--partitions", String(partitions));
  }

  interface Followed {
    follower: TopicFollower;
    values: string[];
    log: string[];
  }

  async function follow(more: Partial<FollowOptions> = {}): Promise<Followed> {
    const [values, log]: [string[], string[]] = [[], []];
    const options = { bootstrapServers: bootstrapServers(), topic, clientId: "test" };
    const follower = new TopicFollower({ ...options, log: (line) => log.push(line), ...more });
    onTestFinished(() => follower.close());
    await follower.start(
      ({ low }) => ({ offset: low }),
      ({ value }) => void values.push(String(value)),
    );
    return { follower, values, log };
  }

  // Like older brokers, which identify topics only by name.
  const byName = { limits: { metadata: 6, fetch: 11 } };

  describe.each([
    ["by identity", {}],
    ["by name", byName],
  ])("%s", (_, more) => {
    it.each([1, 2, 3])(
      "recreated with %d partitions is read from its new start",
      async (partitions) => {
        const { follower, values, log } = await follow(more);
        await send(some("old", 50));
        await expect.poll(() => values.length, polling).toBe(50);
        await recreate(partitions);
        await send(some("new", 10));
        await send(some("last", 3), partitions - 1);
        await expect.poll(() => values.length, polling).toBe(63);
        expect(values.slice(50).toSorted()).toEqual([...some("new", 10), ...some("last", 3)].toSorted());
        expect(follower.change).toMatchObject({ kind: "recreated", topic, unread: 0n });
        expect(log.filter((line) => line.includes("was deleted and created again"))).toHaveLength(1);
        expect(follower.problem).toBeNull();
      },
      180_000,
    );
  });

  it("recreated, while the broker is down, with more records than were read before is read completely", async () => {
    const { follower, values } = await follow();
    await send(some("old", 5));
    await expect.poll(() => values.length, polling).toBe(5);
    await node().part.kill9();
    await node().part.restart();
    await recreate(1);
    await send(some("new", 40));
    await expect.poll(() => values.length, polling).toBe(45);
    expect(values.slice(5)).toEqual(some("new", 40));
    expect(follower.change).toMatchObject({ kind: "recreated" });
  }, 240_000);

  it("and goes missing is reported, and read when it exists again", async () => {
    const { follower, values } = await follow();
    await linesOf("delete", topic, "--yes");
    await expect.poll(() => follower.problem, polling).toBe(`topic ${topic} does not exist`);
    await linesOf("create", topic);
    await send(["back"]);
    await expect.poll(() => values, polling).toEqual(["back"]);
    expect(follower.problem).toBeNull();
  }, 180_000);

  it("and loses records before they are read reports their number", async () => {
    await send(some("old", 20));
    const reader = new TopicReader({ bootstrapServers: bootstrapServers(), topic, clientId: "test" });
    onTestFinished(() => reader.close());
    await reader.open();
    await asAdmin({ bootstrapServers: bootstrapServers() }, async (admin) => {
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "15" }] });
    });
    const values: string[] = [];
    const follower = new TopicFollower({ bootstrapServers: bootstrapServers(), topic, clientId: "test" });
    onTestFinished(() => follower.close());
    await follower.start(
      ({ partition }) => ({ offset: partition === 0 ? 5n : 0n, mark: { id: reader.id, record: null } }),
      ({ value }) => void values.push(String(value)),
    );
    await expect.poll(() => values, polling).toEqual(some("old", 20).slice(15));
    expect(follower.change).toMatchObject({ kind: "removed", unread: 10n });
    // A bounded reading reports the missing records.
    const range = { partition: 0, from: 5n, to: 20n };
    const access = { bootstrapServers: bootstrapServers() };
    expect(await readRanges({ access, topic, ranges: [range], take: () => true })).toEqual([
      { partition: 0, from: 5n, to: 15n },
    ]);
  }, 180_000);

  it("and ends before the stored position is reported and read from its start", async () => {
    await send(some("all", 5));
    const values: string[] = [];
    const log: string[] = [];
    const options = { bootstrapServers: bootstrapServers(), topic, clientId: "test" };
    const follower = new TopicFollower({ ...options, log: (line) => log.push(line) });
    onTestFinished(() => follower.close());
    await follower.start(
      ({ partition, low }) => ({ offset: partition === 0 ? 8n : low }),
      ({ value }) => void values.push(String(value)),
    );
    await expect.poll(() => values, polling).toEqual(some("all", 5));
    expect(follower.change).toMatchObject({ kind: "cut", topic });
    expect(log).toEqual([expect.stringMatching(/^topic \S+ lost its newest records at about /)]);
  }, 180_000);

  it("and recreated during a bounded reading gives a one-line error", async () => {
    await send(some("old", 10));
    const access = { bootstrapServers: bootstrapServers() };
    const reading = readRanges({
      ...{ access, topic },
      ranges: [
        { partition: 0, from: 0n, to: 10n },
        { partition: 1, from: 0n, to: 10n },
      ],
      take: async ({ offset }) => {
        if (offset === 9n) await recreate(2);
        return true;
      },
    });
    await expect(reading).rejects.toThrow(`topic ${topic} was deleted and created again`);
  }, 180_000);

  it("and recreated gives samples of the new topic", async () => {
    await send(some("old", 30));
    const taken: string[] = [];
    const sample = new TopicSample({ bootstrapServers: bootstrapServers(), topic });
    onTestFinished(() => sample.close());
    await sample.start(({ value }) => void taken.push(Buffer.from(value).toString()));
    await recreate(1);
    await send(["new"]);
    await expect.poll(() => taken, polling).toEqual(["new"]);
  }, 180_000);

  it("and recreated while a bridge was down is read completely by the bridge", async () => {
    await linesOf("delete", topic, "--yes");
    await ensureTopics(bootstrapServers(), [cleanTopic(topic)]);
    const positions = new Map<number, MessagePosition>();
    const publish = (ids: readonly number[]): Promise<void> =>
      withProducer(async (producer) => {
        const messages = ids.map((id) => ({
          key: `s:${id * 5000}`,
          value: JSON.stringify(makeMessage({ id })),
        }));
        await producer.send({ topic, messages });
      });
    /** Windows read by a new source. */
    async function read(count: number, limits = {}): Promise<number[]> {
      const ids: number[] = [];
      const access = { bootstrapServers: bootstrapServers(), topic, stream: "s", log: () => undefined };
      const source = new KafkaWindowSource({ ...access, ...limits });
      const sink = {
        window: ({ msg_ID }: { msg_ID: number }, position: MessagePosition) => {
          ids.push(msg_ID);
          positions.set(position.partition, position);
        },
      };
      await source.start(sink, [...positions.values()]);
      await expect.poll(() => ids.length, polling).toBe(count);
      await source.close();
      return ids;
    }
    await publish([1, 2, 3]);
    expect(await read(3)).toEqual([1, 2, 3]);
    await publish([4]);
    expect(await read(1)).toEqual([4]);
    await linesOf("delete", topic, "--yes");
    await ensureTopics(bootstrapServers(), [cleanTopic(topic)]);
    await publish([11, 12, 13, 14, 15, 16]);
    expect(await read(6)).toEqual([11, 12, 13, 14, 15, 16]);
  }, 180_000);

  it("and recreated during produce: produce reports that its records are lost", async () => {
    const producing = runCli([
      ...["produce", "--source", "simulator", "--limit", "8000", "--rate", "1000", "--topic", topic],
      ...["--bootstrap-servers", bootstrapServers()],
    ]);
    await expect
      .poll(async () => (await topicsVerb("count", topic, "--fast")).stdout, polling)
      .not.toBe("0 offsets\n");
    await recreate(2);
    expect(await producing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`topic ${topic} was deleted and created again while rows were sent`),
    });
  }, 180_000);

  it("and recreated during endless produce: this is reported at once, and again on Ctrl-C", async () => {
    const interruption = new AbortController();
    onTestFinished(() => interruption.abort());
    const errors = new PassThrough();
    let logged = "";
    errors.on("data", (chunk: Buffer) => (logged += chunk.toString()));
    const producing = runCli(
      [
        ...["produce", "--source", "simulator", "--rate", "1000", "--topic", topic],
        ...["--bootstrap-servers", bootstrapServers()],
      ],
      { signal: interruption.signal, stderr: errors },
    );
    await expect
      .poll(async () => (await topicsVerb("count", topic, "--fast")).stdout, polling)
      .not.toBe("0 offsets\n");
    await recreate(2);
    const words = `topic ${topic} was deleted and created again while rows were sent`;
    await expect.poll(() => logged, polling).toContain(words);
    interruption.abort();
    expect((await producing).code).toBe(1);
    expect(logged.split(words)).toHaveLength(3);
  }, 180_000);
});
