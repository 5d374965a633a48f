/** The store while its file cannot be written or becomes corrupt: no window is lost, and counts stay correct. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { Monitor } from "../../dashboard/bridge/monitor/monitor.js";
import { WindowHistory } from "../../dashboard/bridge/history.js";
import { Database } from "../../dashboard/bridge/store/database.js";
import { Store } from "../../dashboard/bridge/store/index.js";
import { maxWaiting } from "../../dashboard/bridge/store/write-queue.js";
import type { WindowPosition } from "../../dashboard/bridge/source.js";
import type { WindowMessage } from "../../pipeline/model/index.js";
import { makeStatus, startBridge } from "../dashboard/support.js";
import { makeMessage } from "../helpers/messages.js";
import { scratchFolder } from "../helpers/scratch.js";
import { all, countsOf, noListener, type Counts } from "./counted.js";

const scratch = scratchFolder();
const held = 40;
/** Short windows, so that all begin after the start of the run, but none is rejected as too far in the future. */
const windowMs = 40;
let firstId = 0;
beforeEach(() => {
  firstId = Math.ceil((Date.now() + 5_000) / windowMs);
});
let files = 0;

type Make = (index: number) => WindowMessage;
const small: Make = (index) => makeMessage({ id: firstId + index, windowMs, orbits: 20 });
const like = makeMessage({ id: 1, orbits: 6000 });
/** Large messages, so the store's cache has room for only a few. */
const large: Make = (index) => {
  const start_ms = (firstId + index) * windowMs;
  const window = { ...like.window, start_ms, end_ms: start_ms + windowMs };
  return { ...like, msg_ID: firstId + index, window };
};
const position = (index: number): WindowPosition => ({ topic: "t", partition: 0, next: String(index + 1) });

class Session {
  readonly history = new WindowHistory(held, 0);
  readonly log: string[] = [];
  readonly store: Store;
  readonly monitor: Monitor;

  constructor(
    private readonly make = small,
    readonly file = join(scratch.path, `trouble-${(files += 1)}.sqlite`),
  ) {
    this.store = new Store({ file, log: (line) => this.log.push(line) });
    onTestFinished(() => this.store.close());
    this.monitor = new Monitor({ store: this.store, history: this.history, listener: noListener });
  }

  take(from: number, to: number): void {
    for (let index = from; index < to; index += 1) this.monitor.takeWindow(this.make(index), position(index));
  }

  /** A new bridge on the same file that resumes reading where this one stopped, as a source does. */
  restarted(to: number): Session {
    this.store.close();
    const next = new Session(this.make, this.file);
    next.take(Number(next.store.positionsOf("t")[0]?.next ?? 0), to);
    return next;
  }

  get counts(): Counts {
    return countsOf(this);
  }
}

/** Makes writes fail: another program holds a write transaction. */
function failWrites({ file }: Session): () => void {
  const other = new Database(file);
  other.exec("BEGIN IMMEDIATE");
  return () => other.close();
}

describe("a file that cannot be written for a while", () => {
  it("loses no window and no count, and the store is healthy again afterwards", () => {
    const session = new Session();
    session.monitor.startRun(1, "");
    session.take(0, 5);
    session.store.flush();
    const mend = failWrites(session);
    session.take(5, 12);
    session.store.flush();
    expect(session.store.status()).toMatchObject({
      state: "failed",
      problem: `history is not kept: ${session.file}: database is locked`,
    });
    expect(session.store.positionsOf("t")).toEqual([position(4)]);
    session.take(12, 15);
    mend();
    session.store.flush();
    expect(session.store.status()).toMatchObject({ state: "ok", problem: null });
    expect(session.log.at(-1)).toBe(`history is kept again: ${session.file}`);
    expect(session.counts).toEqual(all(15));
    expect(session.store.positionsOf("t")).toEqual([position(14)]);
    expect(session.restarted(15).counts).toEqual(all(15));
  });

  it("until the bridge ends keeps the position of the last stored window; later windows are read again and count once", () => {
    const session = new Session();
    session.monitor.startRun(1, "");
    session.take(0, 5);
    session.store.flush();
    const mend = failWrites(session);
    session.take(5, 12);
    session.store.close();
    mend();
    expect(session.restarted(12).counts).toEqual(all(12));
  });

  it("until memory is full makes the next start read the windows from the topic, which count once", () => {
    const session = new Session();
    session.monitor.startRun(1, "");
    session.take(0, 5);
    session.store.flush();
    const mend = failWrites(session);
    const windows = maxWaiting + 20;
    session.take(5, windows);
    mend();
    session.store.flush();
    expect(session.counts).toEqual({ ...all(windows), stored: 5 + maxWaiting });
    expect(session.store.positionsOf("t")).toEqual([position(4)]);
    expect(session.restarted(windows).counts).toEqual(all(windows));
  }, 240_000);

  it("makes the bridge refuse a reference that it cannot store", () => {
    const session = new Session();
    session.take(0, 5);
    const mend = failWrites(session);
    expect(session.monitor.references.take("r", "since")).toBeNull();
    mend();
    expect(session.monitor.references.take("r", "since")).toMatchObject({ name: "r" });
    expect(session.monitor.references.list()).toHaveLength(1);
  });

  it("is retried automatically", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const session = new Session();
    const mend = failWrites(session);
    session.take(0, 3);
    await vi.advanceTimersByTimeAsync(1000);
    mend();
    expect(session.store.newestWindows(9)).toEqual([]);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(session.store.status().state).toBe("ok");
    expect(session.store.newestWindows(9)).toHaveLength(3);
  });
});

it("a file that cannot be used is a notice on the page", async () => {
  const inFile = join(scratch.path, "no folder");
  writeFileSync(inFile, "");
  const { bridge } = await startBridge({ store: new Store({ file: join(inFile, "history.sqlite") }) });
  const { notices } = bridge.complete(makeStatus({ notices: ["another"] }));
  expect(notices).toEqual(["another", expect.stringContaining(`history is kept in memory only: ${inFile}`)]);
});

describe("a file that becomes corrupt while it is open", () => {
  it.each([
    ["writing", (store: Store) => store.putWindow(large(0))],
    ["reading", (store: Store) => void store.windowsByIds([firstId])],
  ])(
    "is renamed and rebuilt from memory when %s finds the corruption, and from the topic at the next start",
    (_, meet) => {
      const session = new Session(large);
      session.monitor.startRun(1, "");
      session.take(0, 150);
      session.store.flush();
      const { alarms } = session.monitor;
      expect(alarms).not.toEqual([]);
      spoil(session.file);
      meet(session.store);
      session.store.flush();
      expect(session.log.at(-1)).toMatch(/renamed to .*\.corrupt; the new one was filled from memory$/);
      expect(existsSync(`${session.file}.corrupt`)).toBe(true);
      expect(session.store.newestWindows(held)).toEqual(session.history.newest(held));
      expect(new Set(session.store.records.alarms(Number.MAX_SAFE_INTEGER, 100))).toEqual(new Set(alarms));
      session.take(150, 153);
      expect(session.counts).toMatchObject({ run: 153, totals: 153, since: 153 });
      expect(session.store.status().state).toBe("ok");
      expect(session.restarted(153).counts).toEqual(all(153));
    },
  );
});

/** Overwrites the content of the file and its log with noise. */
function spoil(file: string): void {
  for (const path of [file, `${file}-wal`])
    if (existsSync(path))
      writeFileSync(path, Buffer.alloc(readFileSync(path).length, "noise"), { flag: "r+" });
}
