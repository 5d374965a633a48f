/** Windows of an endless stream: when they are emitted, corrected and dropped. */
import { describe, expect, it } from "vitest";
import { knownPart } from "../../reference/compare.js";
import { runRecords } from "../../reference/run.js";
import { keeperBench, recordAt, startMs, windowMs } from "../../helpers/window-keeper.js";

const afterStart = (ms: number): number => ms - startMs;

describe("a window", () => {
  it("is emitted after its end and the delay, not before", async () => {
    const { keeper, messages, at } = keeperBench();
    await keeper.add([recordAt(100, 1, 2)]);
    expect(afterStart(keeper.dueMs)).toBe(windowMs + 50);
    await at(windowMs + 49);
    expect(messages).toEqual([]);
    await at(windowMs + 50);
    expect(messages.map(knownPart)).toEqual(runRecords([recordAt(100, 1, 2)]).map(knownPart));
    expect(messages[0]).toMatchObject({ revision: 0, partial: false });
  });

  it("waits longer, up to 50 ms, for five minutes after a record that took longer than expected", async () => {
    const { keeper, at } = keeperBench({ watermarkDelayMs: 20 });
    await keeper.add([recordAt(10, 1), recordAt(windowMs + 10, 1), recordAt(2 * windowMs + 10, 1)]);
    expect(afterStart(keeper.dueMs)).toBe(windowMs + 20);
    await at(windowMs + 60);
    await keeper.add([recordAt(20, 1)]);
    await at(2 * windowMs + 19);
    expect(afterStart(keeper.dueMs)).toBe(2 * windowMs + 20);
    await at(2 * windowMs + 40);
    await keeper.add([recordAt(windowMs + 20, 1)]);
    await at(3 * windowMs + 49);
    expect(afterStart(keeper.dueMs)).toBe(3 * windowMs + 50);
    await at(2 * windowMs + 40 + 300_000);
    await keeper.add([recordAt(2 * windowMs + 300_010, 1)]);
    expect(afterStart(keeper.dueMs)).toBe(3 * windowMs + 300_000 + 20);
  });

  it("with heartbeats only gives a message of zeros", async () => {
    const { keeper, messages, at } = keeperBench();
    await keeper.add([recordAt(10), recordAt(1010)]);
    await at(5100);
    expect(messages).toMatchObject([{ hit_count: 0, ledger: { rows: 0 }, window: { start_ms: startMs } }]);
  });

  it("without records gives no message", async () => {
    const { keeper, messages, at } = keeperBench();
    await keeper.add([recordAt(0, 1), recordAt(17_000, 2)]);
    await at(30_000);
    expect(messages.map(({ window }) => afterStart(window.start_ms))).toEqual([0, 15_000]);
  });

  it("that was open when the stream began is partial", async () => {
    const { keeper, messages, at } = keeperBench({ startedMs: startMs + 1 });
    await keeper.add([recordAt(10, 1), recordAt(windowMs, 2)]);
    await at(3 * windowMs);
    expect(messages.map(({ partial }) => partial)).toEqual([true, false]);
  });

  it("in which the process was paused is partial, also if it begins during the pause", async () => {
    const { keeper, messages, at } = keeperBench();
    await keeper.add([1000, 6000].map((ms) => recordAt(ms, 1)));
    await at(5100);
    keeper.pause(startMs + 7000, startMs + 16_000);
    await keeper.add([12_000, 17_000, 20_000].map((ms) => recordAt(ms, 1)));
    await at(26_000);
    expect(messages.map(({ window, partial }) => [afterStart(window.start_ms), partial])).toEqual([
      [0, false],
      [5000, true],
      [10_000, true],
      [15_000, true],
      [20_000, false],
    ]);
  });

  it("that is open when the stream ends is emitted as partial; a closed window is not partial", async () => {
    const { keeper, messages, at } = keeperBench();
    await at(5050);
    await keeper.add([recordAt(10, 1), recordAt(5100, 2)]);
    await keeper.finish();
    expect(messages.map(({ partial, window }) => [afterStart(window.start_ms), partial])).toEqual([
      [0, false],
      [5000, true],
    ]);
    expect([keeper.size, keeper.dueMs]).toEqual([0, Infinity]);
  });

  it("without new records at the end is not emitted again", async () => {
    const { keeper, messages, at } = keeperBench();
    await keeper.add([recordAt(10, 1)]);
    await at(5050);
    await keeper.finish();
    expect(messages).toHaveLength(1);
  });
});

describe("late records", () => {
  it("within the allowed lateness correct the whole window", async () => {
    const { keeper, messages, at } = keeperBench();
    const [early, late, later] = [recordAt(10, 1, 7), recordAt(20, 1, 3), recordAt(4999, 3, 3)];
    await keeper.add([early]);
    await at(5050);
    await keeper.add([late]);
    await at(8000);
    await keeper.add([later]);
    await at(60_000);
    const expected = [[early], [early, late], [early, late, later]].map((records) => runRecords(records)[0]!);
    expect(messages.map(knownPart)).toEqual(
      expected.map((message, revision) => knownPart({ ...message, revision })),
    );
  });

  it("correct a window at most once a second", async () => {
    const { keeper, messages, at } = keeperBench();
    await keeper.add([recordAt(0, 1)]);
    const emitted: number[] = [];
    for (let ms = 5000; ms < 9000; ms += 50) {
      const before = messages.length;
      await at(ms);
      if (messages.length > before) emitted.push(ms);
      await keeper.add([recordAt(0, 1)]);
    }
    expect(emitted).toEqual([5050, 6050, 7050, 8050]);
    expect(messages.map(({ revision }) => revision)).toEqual([0, 1, 2, 3]);
  });

  it("are in a last correction at the end of the lateness, however soon that is", async () => {
    const { keeper, messages, at, newest } = keeperBench({ allowedLatenessMs: 300 });
    await keeper.add([recordAt(0, 1)]);
    await at(5050);
    await keeper.add([recordAt(0, 2)]);
    await at(5300);
    expect(messages).toHaveLength(1);
    await at(5350);
    expect(newest().get(startMs)).toMatchObject({ revision: 1, ledger: { rows: 2 } });
    expect(keeper.size).toBe(0);
  });

  it("after the lateness are dropped and counted in messages and rows", async () => {
    const { keeper, messages, at } = keeperBench({ allowedLatenessMs: 1000 });
    await keeper.add([recordAt(0, 1)]);
    await at(6049);
    await keeper.add([recordAt(0, 1)]);
    await at(6050);
    const taken = await keeper.add([recordAt(0, 1, 2, 3), recordAt(4999), recordAt(6000, 4)]);
    expect(taken).toEqual({ messages: 3, rows: 4 });
    expect(keeper.late).toEqual({ messages: 2, rows: 3 });
    await at(60_000);
    expect(messages.map(({ ledger, revision }) => [ledger.rows, revision])).toEqual([
      [1, 0],
      [2, 1],
      [1, 0],
    ]);
  });

  it("are dropped at once if no lateness is allowed", async () => {
    const { keeper, at } = keeperBench({ allowedLatenessMs: 0 });
    await keeper.add([recordAt(0, 1)]);
    await at(5050);
    expect(keeper.size).toBe(0);
    await keeper.add([recordAt(0, 1)]);
    expect(keeper.late).toEqual({ messages: 1, rows: 1 });
  });
});
