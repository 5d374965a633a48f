/** The start of a system whose job reads a topic: rows are sent while the job starts. */
import { expect, it, onTestFinished, vi } from "vitest";
import { defaultDetector, type RawRecord } from "../../pipeline/model/index.js";
import { Simulator } from "../../producer/index.js";
import { CleanTopic } from "../../runners/live/clean-topic.js";
import type { Engine } from "../../runners/live/engine.js";
import { LiveSystem } from "../../runners/live/live-system.js";
import { freePort } from "../../runners/services/index.js";
import { scratchFolder } from "../helpers/scratch.js";
import { polling } from "../helpers/polling.js";

const scratch = scratchFolder();

/** A system whose page is at a known port, with an engine whose start the test controls. */
async function startControlled(): Promise<{
  system: LiveSystem;
  started: Promise<string>;
  page: string;
  sent: RawRecord[];
  accept: () => void;
  run: () => void;
  fail: (error: Error) => void;
}> {
  scratch.write("page/index.html", "<!doctype html><title>test</title>");
  const sent: RawRecord[] = [];
  let accept = (): void => undefined;
  let run = (): void => undefined;
  let fail: (error: Error) => void = run;
  const done = new Promise<void>((resolve, reject) => ([run, fail] = [resolve, reject]));
  const sender = {
    send: (records: readonly RawRecord[]) => Promise.resolve(void sent.push(...records)),
    close: () => Promise.resolve(),
  };
  const engine: Engine = {
    runner: "stub",
    start: () => Promise.resolve({ sender, partitions: 1 }),
    finishStart: () => new Promise((resolve) => (accept = () => resolve({ done }))),
    status: () => ({
      ...{ hops: [], late: null, unread: null, backlogBytes: null, openWindows: 0 },
      ...{ parts: [], notices: [], troubles: [], hasInput: false },
    }),
    close: () => Promise.resolve(),
  };
  const port = await freePort();
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
      ...{ host: "127.0.0.1", port, pageFolder: `${scratch.path}/page`, tokens: { own: "token" } },
      log: () => undefined,
    },
    engine,
  );
  onTestFinished(() => system.close());
  const started = system.start();
  started.catch(() => undefined);
  return { system, started, sent, page: `http://127.0.0.1:${port}/`, accept: () => accept(), run, fail };
}

const statusOf = (url: string): Promise<number | null> =>
  fetch(url).then(
    ({ status }) => status,
    () => null,
  );

it("sends rows while the job is submitted, opens the page when it is accepted, and is started when it runs", async () => {
  const { system, started, sent, page, accept, run } = await startControlled();
  let isStarted = false;
  const marked = started.then(() => (isStarted = true));
  await expect.poll(() => sent.filter(({ value }) => value.length > 0).length, polling).toBeGreaterThan(20);
  expect(await statusOf(page)).toBeNull();
  const before = sent.length;
  accept();
  await expect.poll(() => statusOf(page), polling).toBe(200);
  expect(isStarted).toBe(false);
  run();
  await marked;
  expect(new URL(await started).href).toBe(page);
  // The same source continues.
  await expect.poll(() => sent.length, polling).toBeGreaterThan(before);
  expect(system.status().problem).toBeNull();
});

it("does not start when the accepted job does not run, with the cause of the job", async () => {
  const { started, page, accept, fail } = await startControlled();
  accept();
  await expect.poll(() => statusOf(page), polling).toBe(200);
  fail(new Error("no checkpoint can be written"));
  await expect(started).rejects.toThrow("no checkpoint can be written");
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
