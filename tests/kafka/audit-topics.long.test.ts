/** The audit of topics whose old records have expired: these do not count as missing. */
import { expect, it } from "vitest";
import { asAdmin } from "../../runners/kafka/index.js";
import { runCli } from "../cli/run-cli.js";
import { describeWithJava } from "../services/with-java.js";
import { useTopics } from "./use-topics.js";

const windowMs = 5000;
/** Start of complete windows, long ago. */
const beginMs = Math.floor((Date.now() - 600_000) / windowMs) * windowMs;
const windows = 40;

describeWithJava("the audit of topics", () => {
  const { bootstrapServers, linesOf, withProducer } = useTopics();
  const audit = (): ReturnType<typeof runCli> =>
    runCli(["audit", "--bootstrap-servers", bootstrapServers(), "--lateness", "0"]);
  const numbers = Array.from({ length: windows }, (_, i) => i);

  it("does not report messages as missing whose windows have expired in data_clean", async () => {
    await linesOf("create", "data_raw");
    await linesOf("create", "data_clean");
    await withProducer(async (producer) => {
      const rows = numbers.map((i) => ({
        ...{ key: `m1:s:1:0:${i}`, value: "2,0,1,5,5,5\n" },
        timestamp: String(beginMs + i * windowMs),
      }));
      await producer.send({ topic: "data_raw", messages: rows });
      await producer.send({ topic: "data_clean", messages: numbers.map(messageOf) });
    });
    expect((await audit()).stdout).toMatch(/^every message is accounted for: 40 messages /);
    const offset = String(windows / 2);
    await asAdmin({ bootstrapServers: bootstrapServers() }, async (admin) => {
      // Otherwise the client does not know the leader of the topic.
      await admin.fetchTopicOffsets("data_clean");
      await admin.deleteTopicRecords({ topic: "data_clean", partitions: [{ partition: 0, offset }] });
    });
    expect(await audit()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(" 20 whose windows are no longer in the topic, "),
    });
  });
});

/** The message of a window with one row. */
function messageOf(i: number): { key: string; value: string } {
  const start_ms = beginMs + i * windowMs;
  const value = {
    window: { start_ms, end_ms: start_ms + windowMs, time: "arrival" },
    sources: [{ id: "s", epoch: 1, partition: 0, ranges: [[i, i]], duplicates: 0 }],
    ledger: { rows: 1, malformed: 0, head_rejected: 0, unmapped: 0, scintillator: 0, hits: 1 },
    partial: false,
  };
  return { key: `s:${start_ms}`, value: JSON.stringify(value) };
}
