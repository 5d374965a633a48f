/** Two real brokers, one of which is killed or frozen: the watch names it until it is back, and a reader continues. */
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { ClusterReader, KafkaSender, TopicFollower } from "../../runners/kafka/index.js";
import { BrokerWatch } from "../../runners/live/broker-watch.js";
import { describeWithJava, temporaryState } from "../services/with-java.js";
import { startTwoBrokers, type TwoBrokers } from "./two-brokers.js";

const polling = { timeout: 60_000, interval: 50 };

/** A watch that counts its readings of the brokers. */
function watchOf(bootstrapServers: string, topics: string[], log: (line: string) => void) {
  const reader = new ClusterReader({ bootstrapServers, topics, clientId: "test" });
  let readings = 0;
  const read = async () => {
    const metadata = await reader.read();
    readings += 1;
    return metadata;
  };
  const watch = new BrokerWatch({ read, end: () => reader.close(), log });
  return { watch, readings: () => readings };
}

describeWithJava("the watch of two brokers", () => {
  const state = temporaryState();
  let brokers: TwoBrokers;

  beforeAll(async () => {
    brokers = await startTwoBrokers(state);
    await brokers.createTopic("watched", 2);
  }, 300_000);
  afterAll(() => brokers.stop());

  it("names the one that is killed, whichever it asked, until it is back", async () => {
    const { bootstrapServers, second } = brokers;
    const [one = "", two = ""] = bootstrapServers.split(",");
    const lines: string[] = [];
    // The first asks the broker that is killed; the topic "none" does not exist.
    const watches = [`${two},${one}`, `${one},${two}`].map((servers) =>
      watchOf(servers, ["watched", "none"], (line) => lines.push(line)),
    );
    onTestFinished(async () => {
      await Promise.all(watches.map(({ watch }) => watch.close()));
    });
    const notices = (): string[][] => watches.map(({ watch }) => watch.notices);
    await expect.poll(() => brokers.ledBy(2, "watched"), polling).toBe(1);
    // Each has seen both brokers when its second reading ends.
    for (const { readings } of watches) await expect.poll(readings, polling).toBeGreaterThan(1);
    expect(notices()).toEqual([[], []]);
    await second.part.kill9();
    const address = two.replaceAll(".", "\\.");
    const line = new RegExp(
      `^Kafka: broker 2 \\(${address}\\) has been out of the cluster since \\d\\d:\\d\\d:\\d\\d UTC; 1 of 2 brokers are left$`,
    );
    const named = [expect.stringMatching(line)];
    await expect.poll(notices, polling).toEqual([named, named]);
    await second.part.restart();
    await expect.poll(notices, polling).toEqual([[], []]);
    expect(lines.filter((text) => text === "Kafka: all brokers are in the cluster")).toHaveLength(2);
  }, 200_000);

  // Such a broker closes no connection, like one whose host was cut off from the network.
  it("names one that is frozen, and a reader connected only to it continues with the next leader", async () => {
    const { bootstrapServers, second } = brokers;
    const servers = bootstrapServers.split(",").reverse().join();
    await brokers.createTopic("frozen", 1);
    await expect.poll(() => brokers.ledBy(2, "frozen"), polling).toBe(1);
    const sender = new KafkaSender({ bootstrapServers, topic: "frozen" });
    const { watch, readings } = watchOf(servers, ["frozen"], () => undefined);
    const follower = new TopicFollower({ bootstrapServers: servers, topic: "frozen", clientId: "test" });
    onTestFinished(async () => {
      process.kill(second.part.pid, "SIGCONT");
      await Promise.all([sender.close(), watch.close(), follower.close()]);
    });
    const values: string[] = [];
    const send = (text: string): Promise<void> =>
      sender.send([{ key: null, value: Buffer.from(text), timestampMs: Date.now(), partition: 0 }]);
    await follower.start(
      ({ low }) => ({ offset: low }),
      ({ value }) => void values.push(String(value)),
    );
    await send("before");
    await expect.poll(() => values, polling).toEqual(["before"]);
    // The watch has seen both brokers when its second reading ends.
    await expect.poll(readings, polling).toBeGreaterThan(1);
    process.kill(second.part.pid, "SIGSTOP");
    await expect.poll(() => watch.notices.join(), polling).toMatch(/^Kafka: broker 2 .* out of the cluster/);
    await send("after");
    await expect.poll(() => values, polling).toEqual(["before", "after"]);
  }, 300_000);
});
