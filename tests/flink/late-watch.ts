/** Late rows, computed from a job's tally and its messages. */
import { expect } from "vitest";
import type { LateDropped } from "../../pipeline/model/index.js";
import { KafkaCounterSource, LateCounters } from "../../runners/kafka/index.js";
import { streamingConfig, type StreamingSystem } from "./system.js";

/** Waits until `late` is counted for the windows that ended more than the allowed lateness before the newest. */
export async function expectLate(
  system: StreamingSystem,
  allowedLatenessMs: number,
  late: LateDropped,
  timeout = 60_000,
): Promise<void> {
  const limits = { windowMs: streamingConfig.windowMs, allowedLatenessMs, settleMs: 0 };
  const tally = new LateCounters({ ...limits, isWhole: () => true });
  for (const message of system.watch.seen) tally.takeWindow(message);
  const place = { topic: "data_clean_tally", stream: "test" };
  const { bootstrapServers } = system.kafka;
  const source = new KafkaCounterSource({ bootstrapServers, kafkaSettings: new Map(), ...place });
  let rows = 0;
  await source.start((pane) => {
    for (const window of pane.windows) rows += window.rows;
    tally.takePane(pane);
  });
  try {
    const read = system.watch.total().rows + late.rows;
    await expect.poll(() => rows, { timeout }).toBeGreaterThanOrEqual(read);
    await expect.poll(() => tally.late(), { timeout }).toEqual(late);
  } finally {
    await source.close();
  }
}
