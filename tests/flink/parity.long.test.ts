/** The same records give the same messages on Flink as in one run on the direct runner. */
import { expect, it } from "vitest";
import { windowMessagesDirect } from "../../pipeline/beam/index.js";
import type { RawRecord, WindowMessage } from "../../pipeline/model/index.js";
import { readTopic, topicEnds } from "../../runners/flink/read-topic.js";
import { createKafka } from "../../runners/kafka/index.js";
import { describeWithJava } from "../parts/with-java.js";
import { closeWindows, produceKnownRows } from "./rows.js";
import { streamingConfig, useStreamingSystem } from "./system.js";

const patience = { timeout: 90_000, interval: 250 };
const partitions = 3;

describeWithJava("Flink and the direct runner", () => {
  const system = useStreamingSystem({ partitions, job: { parallelism: 2 } });

  it("give the same messages", async () => {
    const { bootstrapServers } = system.kafka;
    const known = produceKnownRows(bootstrapServers, partitions, { limit: 20_000, rateHz: 4000 });
    await known.production.done;
    await closeWindows(known.sender, partitions);
    await known.sender.close();
    const { rows } = known.simulator.truth().ledger;
    await expect.poll(() => system.watch.total().rows, patience).toBe(rows);
    const direct = await directMessages(await recordsOf(bootstrapServers));
    const streamed = system.watch.withRows().sort((a, b) => a.msg_ID - b.msg_ID);
    expect(direct.length).toBeGreaterThan(2);
    expect(streamed.map(comparable)).toEqual(direct.map(comparable));
  });
});

async function recordsOf(bootstrapServers: string): Promise<RawRecord[]> {
  const kafka = createKafka({ bootstrapServers }, "parity");
  const records: RawRecord[] = [];
  await readTopic(kafka, "data_raw", await topicEnds(kafka, "data_raw"), (record) => records.push(record));
  return records;
}

async function directMessages(records: readonly RawRecord[]): Promise<WindowMessage[]> {
  const messages = await windowMessagesDirect(streamingConfig, records);
  return messages
    .map(({ json }) => JSON.parse(json) as WindowMessage)
    .filter(({ ledger }) => ledger.rows > 0)
    .sort((a, b) => a.msg_ID - b.msg_ID);
}

/** Everything of a message but when and how often it was made. */
function comparable(message: WindowMessage): unknown {
  return { ...message, emitted_ms: 0, revision: 0 };
}
