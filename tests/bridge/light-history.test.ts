/** The states of the lights vs time: kept over restarts, unknown while no bridge ran; short alarms are never lost. */
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { Store } from "../../dashboard/bridge/index.js";
import { LightBook } from "../../dashboard/bridge/monitor/light-book.js";
import { spansOf } from "../../dashboard/bridge/store/light-spans.js";
import type { QualityChange, QualityState, Verdict } from "../../pipeline/model/index.js";
import { makeFinding, makeQuality } from "../dashboard/support.js";
import { makeMessage } from "../helpers/messages.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();
let files = 0;

function verdict(state: QualityState): Verdict {
  return { state, reason: state, since_ms: 0, finding: null };
}

const changesAt = (times: readonly [number, QualityState][]): QualityChange[] =>
  times.map(([at_ms, to]) => ({ at_ms, window_id: 1, light: "whole", from: "none", to, reason: to }));

describe("spans of a light", () => {
  it("begin and end with the axis and with each change", () => {
    const changes = changesAt([
      [5, "good"],
      [20, "bad"],
      [30, "good"],
    ]);
    expect(spansOf(changes, { fromMs: 10, toMs: 40, points: 10 })).toEqual([
      { from_ms: 10, to_ms: 20, state: "good", reason: "good" },
      { from_ms: 20, to_ms: 30, state: "bad", reason: "bad" },
      { from_ms: 30, to_ms: 40, state: "good", reason: "good" },
    ]);
  });

  it("leave out the time before the first change", () => {
    const [first] = spansOf(changesAt([[50, "good"]]), { fromMs: 0, toMs: 100, points: 10 });
    expect(first?.from_ms).toBe(50);
  });

  it("are merged into the most severe state where there are too many, so no short alarm is lost", () => {
    const many = Array.from({ length: 1000 }, (_, i): [number, QualityState] => [
      10 * i,
      i === 500 ? "bad" : i % 2 === 0 ? "good" : "warning",
    ]);
    const spans = spansOf(changesAt(many), { fromMs: 0, toMs: 10_000, points: 20 });
    expect(spans.length).toBeLessThanOrEqual(20);
    const bad = spans.filter(({ state }) => state === "bad");
    expect(bad).toHaveLength(1);
    expect(bad[0]!.from_ms).toBeLessThanOrEqual(5000);
    expect(bad[0]!.to_ms).toBeGreaterThan(5000);
    expect(spans[0]!.from_ms).toBe(0);
    expect(spans.at(-1)!.to_ms).toBe(10_000);
  });
});

describe("the record of lights", () => {
  function open(file: string): { store: Store; book: LightBook } {
    const store = new Store({ file });
    onTestFinished(() => store.close());
    return { store, book: new LightBook(store) };
  }

  it("corrects the reason of a change when another one has been given as often", () => {
    const { store, book } = open(join(scratch.path, `lights-${(files += 1)}.sqlite`));
    const [guess, name] = ["cables are exchanged: 20 ± 9 %", "layers 1 and 2 are exchanged: 20 ± 4 %"];
    const reasons = (): string[] =>
      store.records
        .changes(Number.MAX_SAFE_INTEGER, 100)
        .flatMap(({ to, reason }) => (to === "bad" ? reason : []));
    const judged = (ms: number, reason: string): void => {
      const finding = makeFinding({ key: "cabling chamber 1", reason });
      const bad: Verdict = { state: "bad", reason, since_ms: 0, finding: finding.key };
      book.take(makeQuality({ judged_ms: ms, chambers: [verdict("good"), bad], findings: [finding] }));
    };
    judged(1000, guess);
    judged(6000, guess);
    judged(11_000, name);
    expect(reasons()).toEqual([guess]);
    judged(16_000, name);
    expect(reasons()).toEqual([name]);
  });

  it("stores only changes, and leaves out the time in which no bridge ran", () => {
    const file = join(scratch.path, `lights-${(files += 1)}.sqlite`);
    const first = open(file);
    const judged = (ms: number, chamber: QualityState): void =>
      first.book.take(makeQuality({ judged_ms: ms, chambers: [verdict("good"), verdict(chamber)] }));
    judged(1000, "good");
    judged(6000, "good");
    judged(11_000, "bad");
    first.book.alive(30_000, 11_000);
    expect(first.store.records.changes(Number.MAX_SAFE_INTEGER, 100)).toHaveLength(6);
    first.store.close();

    const second = open(file);
    second.book.take(makeQuality({ judged_ms: 90_000, chambers: [verdict("good"), verdict("good")] }));
    const histories = second.store.shift.lights(0, 100_000, 100);
    expect(histories.map(({ light }) => light)).toEqual([
      "whole",
      "chamber 0",
      "chamber 1",
      "scintillator",
      "data",
    ]);
    expect(histories[2]!.spans.map(({ from_ms, to_ms, state }) => [from_ms, to_ms, state])).toEqual([
      [1000, 11_000, "good"],
      [11_000, 30_000, "bad"],
      [30_000, 90_000, "none"],
      [90_000, 100_000, "good"],
    ]);
    expect(histories[2]!.spans[2]!.reason).toBe("the bridge was off");
  });

  it("shows the fault of each time, also if another of the same severity follows", () => {
    const { store, book } = open(join(scratch.path, `lights-${(files += 1)}.sqlite`));
    const judged = (ms: number, key: string): void => {
      const findings = [makeFinding({ key, reason: key })];
      const whole: Verdict = { state: "bad", reason: key, since_ms: 0, finding: key };
      book.take(makeQuality({ judged_ms: ms, whole, findings }));
    };
    for (const [ms, key] of [
      [1000, "layer"],
      [6000, "layer"],
      [11_000, "cable"],
      [16_000, "cable"],
    ] as const)
      judged(ms, key);
    const spans = store.shift.lights(0, 20_000, 100).find(({ light }) => light === "whole")!.spans;
    expect(spans).toEqual([
      { from_ms: 1000, to_ms: 11_000, state: "bad", reason: "layer" },
      { from_ms: 11_000, to_ms: 20_000, state: "bad", reason: "cable" },
    ]);
  });

  it("leaves out the time in which the process was paused", () => {
    const { store, book } = open(join(scratch.path, `lights-${(files += 1)}.sqlite`));
    const good = (ms: number): void =>
      book.take(makeQuality({ judged_ms: ms, chambers: [verdict("good"), verdict("good")] }));
    book.alive(100_000, 11_000);
    good(100_000);
    for (const ms of [101_000, 112_000, 125_000]) book.alive(ms, 11_000);
    good(126_000);
    const spans = store.shift.lights(0, 130_000, 100).find(({ light }) => light === "whole")!.spans;
    expect(spans.map(({ from_ms, to_ms, reason }) => [from_ms, to_ms, reason])).toEqual([
      [100_000, 112_000, "all is well"],
      [112_000, 126_000, "the bridge was paused"],
      [126_000, 130_000, "all is well"],
    ]);
  });

  it.each([
    ["its last window", (book: LightBook) => book.alive(4000, 11_000), 4000],
    [
      "a change of another light",
      (book: LightBook) => book.take(makeQuality({ judged_ms: 6000, chambers: [verdict("bad")] })),
      6000,
    ],
  ])("knows the end of a killed bridge from %s", (_, happens, endMs) => {
    const file = join(scratch.path, `lights-${(files += 1)}.sqlite`);
    const { store, book } = open(file);
    store.withWindows = () => ({ notes: [book.note()], run: null });
    book.take(makeQuality({ judged_ms: 1000, chambers: [verdict("good")] }));
    happens(book);
    store.putWindow(makeMessage({ id: 1 }));
    store.close();
    const again = open(file).store.shift.lights(0, 10_000, 100);
    expect(again.find(({ light }) => light === "whole")!.spans.at(-1)).toMatchObject({
      from_ms: endMs,
      state: "none",
    });
  });
});
