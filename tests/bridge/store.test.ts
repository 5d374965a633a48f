/** The store: its content and limits, and its reaction to a file that is full, corrupt or in use. */
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Store, type StoreOptions } from "../../dashboard/bridge/index.js";
import { lockStore } from "../../runners/cli/bridge-options.js";
import { trendPointOf, type Alarm, type WindowMessage } from "../../pipeline/model/index.js";
import { builtUrl, buildNodePart } from "../helpers/build.js";
import { makeMessage } from "../helpers/messages.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();
let files = 0;

function newFile(): string {
  return join(scratch.path, `store-${(files += 1)}.sqlite`);
}

function open(file: string | null, options: Partial<StoreOptions> = {}): Store & { log: string[] } {
  const log: string[] = [];
  const store = new Store({ file, lock: lockStore, log: (line) => log.push(line), ...options });
  onTestFinished(() => store.close());
  return Object.assign(store, { log });
}

const message = (id: number, change: object = {}): WindowMessage =>
  makeMessage({ id, orbits: 20, ...change });

describe("windows", () => {
  it("are unchanged after a restart, each in its last revision", () => {
    const file = newFile();
    const first = open(file);
    for (let id = 1; id <= 30; id += 1)
      first.putWindow(message(id), { topic: "t", partition: id % 2, next: `${id}` });
    const corrected = message(7, { orbits: 25, revision: 1 });
    first.putWindow(corrected);
    first.close();
    const again = open(file);
    expect(again.newestWindows(3)).toEqual([message(28), message(29), message(30)]);
    expect(again.windowsByIds([7, 99, 1])).toEqual([corrected, message(1)]);
    expect(again.windowsBetween(10_000, 25_000, 2)).toEqual([message(2), message(3)]);
    expect(again.positionsOf("t")).toEqual([
      { topic: "t", partition: 0, next: "30" },
      { topic: "t", partition: 1, next: "29" },
    ]);
    expect(again.log).toEqual([]);
  });

  it("can be read up to a given window, oldest first", () => {
    const store = open(null);
    for (const id of [1, 2, 3, 5, 6, 7]) store.putWindow(message(id));
    expect(store.windowsUpTo(6, 3)).toEqual([message(3), message(5), message(6)]);
    expect(store.windowsUpTo(2, 9)).toEqual([message(1), message(2)]);
    expect(store.windowsUpTo(4, 2)).toEqual([]);
  });

  it("are listed as trend points around a given time, oldest first", () => {
    const store = open(null);
    const ids = [1, 2, 3, 5, 6, 7];
    for (const id of ids) store.putWindow(message(id, { partial: id === 3, revision: id === 5 ? 2 : 0 }));
    const points = (direction: "before" | "after", ms: number, limit: number): number[] =>
      store.points({ direction, ms, limit }).map(({ msg_ID }) => msg_ID);
    expect(points("before", 30_000, 2)).toEqual([3, 5]);
    expect(points("after", 15_000, 2)).toEqual([5, 6]);
    expect(points("before", 5_000, 9)).toEqual([]);
    const short = ids.map((id) =>
      trendPointOf(message(id, { partial: id === 3, revision: id === 5 ? 2 : 0 })),
    );
    for (const { ledger } of short) delete ledger.malformed_reasons;
    expect(store.points({ direction: "before", ms: 1e6, limit: 9 })).toEqual(short);
  });

  it("survive a kill of the process, and its lock is released", async () => {
    await buildNodePart();
    const file = newFile();
    const script = scratch.write(
      "killed.mjs",
      `import { Store } from ${JSON.stringify(builtUrl("dashboard/bridge/index.js"))};
       import { lockStore } from ${JSON.stringify(builtUrl("runners/cli/bridge-options.js"))};
       const store = new Store({ file: ${JSON.stringify(file)}, lock: lockStore });
       process.on("message", (message) => { store.putWindow(message); store.flush(); process.send("written"); });
       process.send("ready");`,
    );
    const child = fork(script);
    await once(child, "message");
    child.send(message(5));
    await once(child, "message");
    const link = newFile();
    symlinkSync(file, link);
    for (const path of [file, link])
      expect(() => open(path)).toThrow(`${path} is used by process ${child.pid}`);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(open(file).newestWindows(1)).toEqual([message(5)]);
  });
});

describe("trends", () => {
  it("have a point per window, or per minute if there are too many, with the same sums", () => {
    const store = open(null);
    const messages = Array.from({ length: 240 }, (_, i) => message(i + 1200));
    for (const one of messages) store.putWindow(one);
    const span = { from_ms: 1200 * 5000, to_ms: 1440 * 5000 };
    const fine = store.trend({ ...span, points: 2000 });
    expect(fine.bucket_ms).toBe(5000);
    expect(fine.hits).toEqual(messages.map(({ hit_count }) => hit_count));
    const coarse = store.trend({ ...span, points: 10 });
    expect(coarse.bucket_ms).toBe(120_000);
    expect(coarse.windows).toEqual(Array.from({ length: 10 }, () => 24));
    const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
    expect(sum(coarse.hits)).toBe(sum(fine.hits));
    expect(sum(coarse.hits_chamber[2]!)).toBe(
      sum(messages.map(({ hit_count_chamber }) => hit_count_chamber[2]!)),
    );
    const hours = store.trend({ from_ms: 0, to_ms: 7_200_000, points: 2 });
    expect(hours).toMatchObject({
      bucket_ms: 3_600_000,
      start_ms: [3_600_000],
      windows: [240],
      hits: [sum(fine.hits)],
    });
    const wide = store.cellTrend({ from_ms: 0, to_ms: 7_200_000, points: 2, chamber: 1, cell: 9 });
    expect(wide.hits).toEqual([sum(messages.map((one) => one.tdc_counts_chamber["1"].hist_counts[9]!))]);
    const cell = store.cellTrend({ ...span, points: 10, chamber: 1, cell: 9 });
    expect(sum(cell.hits)).toBe(sum(messages.map((one) => one.tdc_counts_chamber["1"].hist_counts[9]!)));
  });

  it("remain when the windows are deleted, and a corrected window replaces the original", () => {
    const store = open(newFile(), { windowsMs: 60_000 });
    for (let id = 0; id < 48; id += 1) store.putWindow(message(id));
    store.putWindow(message(47, { orbits: 30, revision: 1 }));
    const all = store.trend({ from_ms: 0, to_ms: 240_000, points: 100 });
    expect(all.windows.reduce((sum, windows) => sum + windows, 0)).toBe(48);
    expect(all.corrected.at(-1)).toBe(1);
    expect(store.windowsByIds([0])).toEqual([]);
  });
});

describe("a store that is", () => {
  it("full drops the oldest windows, and stays within its size limit", () => {
    const file = newFile();
    const store = open(file, { maxBytes: 1 << 20 });
    for (let id = 0; id < 600; id += 1) {
      store.putWindow(makeMessage({ id, orbits: 200 }));
      if (id % 20 === 0) store.flush();
    }
    store.flush();
    expect(readFileSync(file).length).toBeLessThanOrEqual(1 << 20);
    expect(store.newestWindows(1)[0]?.msg_ID).toBe(599);
    expect(store.windowsByIds([0])).toEqual([]);
    expect(store.status()).toMatchObject({ state: "ok", problem: null });
    expect(store.trend({ from_ms: 0, to_ms: 3_000_000, points: 60 }).windows.length).toBeGreaterThan(40);
  });

  it.each([
    ["not a database", "not a database at all".repeat(1000)],
    ["truncated", 30_000],
  ])("%s is renamed and rebuilt, with a notice", (_, content) => {
    const file = newFile();
    const first = open(file);
    for (let id = 0; id < 200; id += 1) first.putWindow(makeMessage({ id, orbits: 50 }));
    first.close();
    const damaged = typeof content === "string" ? content : readFileSync(file).subarray(0, content);
    rmSync(file);
    writeFileSync(file, damaged);
    const store = open(file);
    store.putWindow(message(3));
    expect(store.newestWindows(5)).toEqual([message(3)]);
    expect(store.status().state).toBe("ok");
    expect(store.log).toEqual([expect.stringContaining(`${file} was corrupt (`)]);
    expect(store.log[0]).toMatch(new RegExp(`renamed to ${file}.corrupt; the new one is empty$`));
    expect(store.status().problem).toBe(store.log[0]);
    expect(readFileSync(`${file}.corrupt`)).toEqual(Buffer.from(damaged));
  });

  it("not writable continues in memory, with a notice", () => {
    const file = newFile();
    mkdirSync(file);
    const store = open(file);
    store.putWindow(message(3));
    expect(store.newestWindows(5)).toEqual([message(3)]);
    expect(store.status()).toMatchObject({
      state: "failed",
      problem: expect.stringContaining("in memory only"),
    });
  });

  it("already open is refused, and is available again after it is closed", () => {
    const file = newFile();
    const first = open(file);
    expect(() => open(file)).toThrow(/is used by process/);
    first.close();
    expect(() => open(file)).not.toThrow();
  });
});

it("stores alarms with their acknowledgements, changes, runs and notes", () => {
  const file = newFile();
  const first = open(file);
  const finding = {
    key: "k",
    rule: "stuck",
    scope: { kind: "whole" },
    state: "bad",
    reason: "r",
    since_ms: 1,
  } as never;
  const alarm = (id: string, raised_ms: number, change: Partial<Alarm> = {}): Alarm => ({
    id,
    finding,
    raised_ms,
    cleared_ms: null,
    acknowledged: null,
    demo: false,
    ...change,
  });
  const { records } = first;
  records.putAlarm(alarm("a", 1));
  records.putAlarm(alarm("b", 2));
  records.putAlarm(alarm("a", 1, { cleared_ms: 5, acknowledged: { by: "S", at_ms: 3, comment: "c" } }));
  records.putNote("n", { x: 1 });
  first.close();
  const again = open(file).records;
  expect(again.alarms(9, 10).map(({ id }) => id)).toEqual(["b", "a"]);
  expect(again.alarms(2, 10)).toEqual([
    alarm("a", 1, { cleared_ms: 5, acknowledged: { by: "S", at_ms: 3, comment: "c" } }),
  ]);
  expect(again.activeAlarms().map(({ id }) => id)).toEqual(["b"]);
  expect(again.note("n")).toEqual({ x: 1 });
});
