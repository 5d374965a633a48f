/** `produce` while its topic does not exist: reports why no rows are accepted, and resumes when the topic exists again. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { KafkaSender } from "../../runners/kafka/index.js";
import { program, startNode } from "../cli/real-process.js";
import { describeWithJava } from "../services/with-java.js";
import { useTopics } from "./use-topics.js";

const polling = { timeout: 60_000, interval: 50 };

describeWithJava("produce without its topic", () => {
  const { bootstrapServers, linesOf, scratch } = useTopics();

  it("reports why no rows are accepted, and again when it gives up", async () => {
    await linesOf("create", "away");
    const state = join(scratch.path, "state");
    const target = ["--bootstrap-servers", bootstrapServers(), "--topic", "away", "--state-dir", state];
    const child = startNode([program, "produce", ...target, "--rate", "100"], scratch.path);
    const held = async (): Promise<number> =>
      Number((await linesOf("count", "away", "--fast"))[0]?.split(" ")[0]);
    await expect.poll(held, polling).toBeGreaterThan(0);
    const reason = `Kafka at ${bootstrapServers()} does not accept records: This server does not host this topic-partition`;
    await linesOf("delete", "away", "--yes");
    await expect.poll(child.stderr, polling).toContain(`muonitor: ${reason}; trying again\n`);
    await linesOf("create", "away");
    await expect.poll(child.stderr, polling).toContain("muonitor: records are accepted again\n");
    await linesOf("delete", "away", "--yes");
    await expect.poll(() => child.stderr().split("; trying again\n").length, polling).toBe(3);
    child.signal("SIGINT");
    expect(await child.ended).toBe(1);
    expect(child.stderr()).toContain(`muonitor: the records were not accepted in time: ${reason}\n`);
  });

  it("closes all connections, even during a send", async () => {
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    await linesOf("create", "left");
    const before = sockets();
    const sender = new KafkaSender({ bootstrapServers: bootstrapServers(), topic: "left" });
    const records = [{ key: null, value: Buffer.from("row"), timestampMs: 1, partition: 0 }];
    await sender.send(records);
    expect(sockets()).toBeGreaterThan(before);
    await linesOf("delete", "left", "--yes");
    const underWay = sender.send(records);
    await sender.close();
    await expect(underWay).rejects.toThrow("does not accept records");
    await expect.poll(sockets, polling).toBe(before);
  });
});
