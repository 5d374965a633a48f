/** Partitions that do not exist, or no longer exist: sending to them or reading from them is an error. */
import { expect, it } from "vitest";
import type { RawRecord } from "../../pipeline/model/index.js";
import { KafkaSender, Publisher } from "../../runners/kafka/index.js";
import { describeWithJava } from "../services/with-java.js";
import { useTopics } from "./use-topics.js";

describeWithJava("a missing partition", () => {
  const { bootstrapServers, topics, linesOf } = useTopics();

  it.each([
    ["publish", ["--numbers", "1..42", "--partition", "3"]],
    ["peek", ["--partition", "0", "--partition", "3"]],
    ["count", ["--partition", "3"]],
    ["count", ["--partition", "3", "--fast"]],
  ])("gives a clear one-line error in topics %s %j", async (verb, args) => {
    await linesOf("create", "three", "--partitions", "3", "--if-missing");
    expect(await topics(verb, "three", ...args)).toEqual({
      code: 2,
      stdout: "",
      stderr: "muonitor: topic three has no partition 3: it has 3\n",
    });
    expect(await linesOf("count", "three", "--fast")).toEqual(["0 offsets"]);
  });

  it("accepts records while it exists", async () => {
    await linesOf("create", "two", "--partitions", "2");
    expect(await linesOf("publish", "two", "--numbers", "1..3", "--partition", "1")).toEqual([
      "3 records published to two",
    ]);
    expect(await linesOf("peek", "two", "--partition", "1", "--format", "raw")).toEqual(["1", "2", "3"]);
  });

  const record = (partition: number): RawRecord => ({
    key: null,
    value: Buffer.from("row"),
    timestampMs: 1,
    partition,
  });

  it("that no longer exists is a permanent error for the sender", async () => {
    await linesOf("create", "shrunk", "--partitions", "3");
    const sender = new KafkaSender({ bootstrapServers: bootstrapServers(), topic: "shrunk" });
    await sender.send([record(0), record(2)]);
    await linesOf("delete", "shrunk", "--yes");
    await linesOf("create", "shrunk", "--partitions", "2");
    await expect(sender.send([record(0), record(2)])).rejects.toMatchObject({
      message: "Kafka refuses records for shrunk: the topic has no partition 2",
      retriable: false,
    });
    await sender.close();
  });

  it("is an error for the publisher, and its records are not counted", async () => {
    await linesOf("create", "one");
    const publisher = new Publisher({ bootstrapServers: bootstrapServers() }, "one");
    await publisher.open();
    await publisher.add(null, "row", 1);
    await expect(publisher.flush()).rejects.toThrow(
      "does not accept records for one: the topic has no partition 1",
    );
    expect(publisher.published).toBe(0);
    await publisher.close();
  });
});
