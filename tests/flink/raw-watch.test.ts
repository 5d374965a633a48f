/** The watch on the topic of rows, with a reader that returns given answers: what it reports after a change of leader. */
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { RawWatch } from "../../runners/flink/raw-watch.js";
import { TopicReader, type PartitionEnds } from "../../runners/kafka/index.js";

const windowMs = 1000;
/** Time from one check to the next, by the clocks of the watch. */
const lookMs = 1000;

// The watch reads this time; in real time it checks every few milliseconds.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "performance"] }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

interface Given {
  /** Id of the topic; null for brokers without ids. */
  id?: string | null;
  high: bigint;
  stable?: bigint;
}

/** A watch, and a function that gives a number of checks an answer, or lets them fail. */
function watching(): { watch: RawWatch; look: (given: Given | null, times?: number) => Promise<void> } {
  let now: Given | null = null;
  let looks = 0;
  vi.spyOn(TopicReader.prototype, "refresh").mockImplementation(function (this: TopicReader) {
    looks += 1;
    if (now === null) return Promise.reject(new Error("no answer"));
    this.id = now.id === undefined ? "one" : now.id;
    return Promise.resolve(true);
  });
  vi.spyOn(TopicReader.prototype, "ends").mockImplementation(() => {
    const { high = 0n, stable = high } = now ?? {};
    return Promise.resolve<PartitionEnds[]>([{ partition: 0, low: 0n, stable, high }]);
  });
  vi.spyOn(TopicReader.prototype, "fetch").mockResolvedValue([]);
  const watch = new RawWatch({
    access: { bootstrapServers: "127.0.0.1:1" },
    ...{ topic: "data_raw", windowMs: () => windowMs, keepAlive: "never", cure: "restart it" },
    log: () => undefined,
    everyMs: 1,
  });
  const look = async (given: Given | null, times = 1): Promise<void> => {
    now = given;
    for (let done = 0; done < times; done += 1) {
      vi.advanceTimersByTime(lookMs);
      const before = looks;
      // The second check from now on begins after the first is complete.
      await vi.waitFor(() => expect(looks).toBeGreaterThan(before + 1), { timeout: 60_000, interval: 1 });
    }
  };
  watch.start();
  onTestFinished(() => watch.close());
  return { watch, look };
}

it("a new leader that knows an earlier end for some seconds is not another topic", async () => {
  const { watch, look } = watching();
  await look({ high: 100n }, 2);
  await look({ high: 90n }, 20);
  expect([watch.problem, watch.skipped]).toEqual([null, 0]);
  await look({ high: 120n }, 2);
  await look({ high: 110n }, 50);
  expect(watch.problem).toBeNull();
});

it("a topic that keeps an earlier end has lost records that the job has read", async () => {
  const { watch, look } = watching();
  await look({ high: 100n }, 2);
  await look({ high: 90n }, 62);
  expect(watch.problem).toBe(
    "topic data_raw ends before what the job has read; the job skips 90 of its messages: restart it",
  );
});

it("without ids, an earlier end is another topic at once", async () => {
  const { watch, look } = watching();
  await look({ id: null, high: 100n }, 2);
  await look({ id: null, high: 90n }, 2);
  expect(watch.problem).toMatch(/^topic data_raw ends before what the job has read; the job skips 90 /);
});

it("a transaction is reported when checks find it open for two windows", async () => {
  const { watch, look } = watching();
  await look({ high: 100n, stable: 95n }, 2);
  expect(watch.problem).toBeNull();
  await look({ high: 101n, stable: 95n }, 2);
  expect(watch.problem).toMatch(/^a transaction is open in partition 0 of data_raw since .* \(offset 95\)/);
  await look({ high: 102n }, 1);
  expect(watch.problem).toBeNull();
});

it("records that arrive during a check are not a transaction, even if no broker answers for a long time after it", async () => {
  const { watch, look } = watching();
  await look({ high: 100n }, 2);
  await look({ high: 100n, stable: 95n }, 1);
  await look(null, 30);
  expect(watch.problem).toBeNull();
  await look({ high: 200n }, 1);
  expect(watch.problem).toBeNull();
});
