/** Two real brokers, one of which is killed: the watch names it until it is back and its replicas are in sync. */
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { watchBrokers } from "../../runners/live/broker-watch.js";
import { describeWithJava, temporaryState } from "../services/with-java.js";
import { startTwoBrokers, type TwoBrokers } from "./two-brokers.js";

const patience = { timeout: 60_000, interval: 50 };

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
    // The first asks the broker that dies; the third topic does not exist.
    const watches = [`${two},${one}`, `${one},${two}`].map((servers) =>
      watchBrokers({ bootstrapServers: servers }, ["watched", "none"], (line) => lines.push(line)),
    );
    onTestFinished(async () => {
      await Promise.all(watches.map((watch) => watch.close()));
    });
    const notices = (): string[][] => watches.map((watch) => watch.notices);
    await expect.poll(() => brokers.ledBy(2, "watched"), patience).toBe(1);
    expect(notices()).toEqual([[], []]);
    await second.part.kill9();
    const address = two.replaceAll(".", "\\.");
    const line = new RegExp(
      `^Kafka: broker 2 \\(${address}\\) has been out of the cluster since \\d\\d:\\d\\d:\\d\\d UTC; 1 of 2 brokers are left$`,
    );
    const named = [expect.stringMatching(line)];
    await expect.poll(notices, patience).toEqual([named, named]);
    await second.part.restart();
    await expect.poll(notices, patience).toEqual([[], []]);
    expect(lines.filter((text) => text === "Kafka: all brokers are in the cluster")).toHaveLength(2);
  }, 200_000);
});
