/** The start of a system whose job reads a topic: rows are sent while the job starts. */
import { expect, it, onTestFinished, vi } from "vitest";
import { defaultDetector, type RawRecord } from "../../pipeline/model/index.js";
import { Simulator } from "../../producer/index.js";
import { CleanTopic } from "../../runners/live/clean-topic.js";
import type { Engine } from "../../runners/live/engine.js";
import { LiveSystem } from "../../runners/live/live-system.js";
import { scratchFolder } from "../helpers/scratch.js";
import { polling } from "../helpers/polling.js";

const scratch = scratchFolder();

it("sends rows while the job starts, and opens the page when it runs", async () => {
  scratch.write("page/index.html", "<!doctype html><title>test</title>");
  const sent: RawRecord[] = [];
  let finish = (): void => undefined;
  const sender = {
    send: (records: readonly RawRecord[]) => Promise.resolve(void sent.push(...records)),
    close: () => Promise.resolve(),
  };
  const engine: Engine = {
    runner: "stub",
    start: () => Promise.resolve({ sender, partitions: 1 }),
    finishStart: () => new Promise((resolve) => (finish = resolve)),
    status: () => ({
      ...{ hops: [], late: null, unread: null, backlogBytes: null, openWindows: 0 },
      ...{ parts: [], notices: [], troubles: [], hasInput: false },
    }),
    close: () => Promise.resolve(),
  };
  const system = new LiveSystem(
    {
      source: {
        rows: new Simulator({ rateHz: 10_000 }),
        ...{ id: "simulator", demo: true, rateHz: 10_000, rowsPerMessage: 10, description: "simulator" },
      },
      ...{
        stream: "test",
        detector: defaultDetector,
        muons: true,
        windowMs: 1000,
        allowedLatenessMs: 60_000,
      },
      ...{ host: "127.0.0.1", port: 0, pageFolder: `${scratch.path}/page`, tokens: { own: "token" } },
      log: () => undefined,
    },
    engine,
  );
  onTestFinished(() => system.close());
  let url: string | null = null;
  const started = system.start().then((address) => (url = address));
  await expect.poll(() => sent.filter(({ value }) => value.length > 0).length, polling).toBeGreaterThan(20);
  expect(url).toBeNull();
  const before = sent.length;
  finish();
  const page = await fetch(await started);
  expect(page.status).toBe(200);
  // The same source continues.
  await expect.poll(() => sent.length, polling).toBeGreaterThan(before);
  expect(system.status().problem).toBeNull();
});

it("does not count the time before the first read as silence of Kafka", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const topic = new CleanTopic({
    ...{ bootstrapServers: "127.0.0.1:1", kafkaSettings: new Map(), topic: "clean", stream: "test" },
    log: () => undefined,
  });
  vi.advanceTimersByTime(60_000);
  expect(topic.silentSince()).toBeNull();
});
