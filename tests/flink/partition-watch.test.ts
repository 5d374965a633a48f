/** Partitions added to a running job are reported, once. */
import { expect, it, onTestFinished, vi } from "vitest";
import { PartitionWatch } from "../../runners/flink/partition-watch.js";
import { polling } from "../helpers/polling.js";

it("the watch reports partitions that the job does not read", async () => {
  const counts = [3, new Error("Kafka is away"), 4, 4, 5];
  let looks = 0;
  const count = (): Promise<number> => {
    const now = counts[Math.min(looks++, counts.length - 1)]!;
    return typeof now === "number" ? Promise.resolve(now) : Promise.reject(now);
  };
  const lines: string[] = [];
  const log = (line: string): void => {
    // Neither the correct number nor an unreachable Kafka is reported.
    expect(looks).toBe(3);
    lines.push(line);
  };
  const watch = new PartitionWatch({ topic: "data_raw", read: 3, count, log, everyMs: 1 });
  onTestFinished(() => watch.close());
  await vi.waitFor(() => expect(looks).toBeGreaterThan(5), polling);
  expect(lines).toEqual([
    expect.stringMatching(/^topic data_raw has 4 partitions, but the job reads only 3: /),
  ]);
  expect(watch.problem).toBe(lines[0]);
});
