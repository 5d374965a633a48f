/** Every rule against a fault with a known answer: state and reason within two windows, and clear by itself. */
import { describe, expect, it } from "vitest";
import type { Faults, SystemStatus, WindowMessage } from "../../pipeline/model/index.js";
import { sumWindows, referenceOf } from "../../dashboard/bridge/monitor/sums.js";
import { makeStatus } from "../dashboard/support.js";
import { Practice, windowMs } from "./practice.js";

const off: Partial<Faults> = {
  dead_fpga: null,
  dead_layer: null,
  hot_wire: null,
  late_data: null,
  duplicates: 0,
  garbage: 0,
  silence: false,
  stall: false,
};

/** After a minute of good data. */
function healthy(): Practice {
  const practice = new Practice();
  practice.run(12);
  expect(practice.faults).toEqual([]);
  expect(practice.quality.whole).toMatchObject({ state: "good", reason: "all chambers are good" });
  return practice;
}

describe("the simulator's faults", () => {
  it.each<[string, Partial<Faults>, string, string, RegExp, number[]]>([
    [
      "dead layer",
      { dead_layer: { chamber: 1, layer: 3 } },
      "dead-layer chamber 1 layer 3",
      "bad",
      /^layer 3 is dead: \d+ hits expected, none came$/,
      [1],
    ],
    [
      "dead FPGA",
      { dead_fpga: 0 },
      "dead-fpga fpga 0",
      "bad",
      /^FPGA 0 gives no hits: chambers 0 and 1 are silent$/,
      [0, 1],
    ],
    [
      "dead scintillator FPGA",
      { dead_fpga: 1 },
      "scintillator scintillator",
      "bad",
      /^the scintillator is silent/,
      [2, 3],
    ],
    [
      "hot wire",
      { hot_wire: { chamber: 0, cell: 17, rate_hz: 500 } },
      "hot-cell chamber 0 cell 17",
      "warning",
      /^cell 17 \(layer 2, wire 4\) is hot: [\d,]+ hits where its layer has [\d.]+ per cell$/,
      [0],
    ],
    [
      "garbage",
      { garbage: 0.05 },
      "malformed stream",
      "warning",
      /^[\d.]+ % of the rows are malformed, \d+ of 5,000$/,
      [],
    ],
    ["much garbage", { garbage: 0.3 }, "malformed stream", "bad", /^\d+ % of the rows are malformed/, []],
    ["repeated messages", { duplicates: 0.6 }, "duplicates stream", "warning", /^3 messages came twice/, []],
    [
      "late messages",
      { late_data: { fraction: 0.2, delay_ms: 20_000 } },
      "late-rows stream",
      "warning",
      /^[\d.]+ % of the rows come after the end of their window/,
      [],
    ],
    [
      "silence",
      { silence: true },
      "no-rows stream",
      "bad",
      /^the read-out gives no rows, though its heartbeat goes on$/,
      [],
    ],
  ])("%s", (_, fault, key, state, reason, chambers) => {
    const practice = healthy();
    practice.set(fault);
    expect(practice.windowsUntil(({ findings }) => findings.some((one) => one.key === key), 2)).toBeLessThan(
      3,
    );
    const finding = practice.quality.findings.find((one) => one.key === key);
    expect(finding).toMatchObject({ state, reason: expect.stringMatching(reason) });
    expect(finding?.what_to_do).not.toBe("");
    const silent = key.startsWith("no-rows");
    for (const chamber of chambers) expect(practice.quality.chambers[chamber]).toMatchObject({ state });
    expect(
      practice.quality.chambers.filter((light) => light.state === (silent ? "none" : state)).length,
    ).toBe(silent ? 4 : chambers.length);
    practice.set(off);
    expect(practice.windowsUntil(({ whole }) => whole.state === "good", 10)).toBeLessThan(8);
    practice.run(12);
    expect(practice.faults).toEqual([]);
  });

  it("are found from the very start, without any past", () => {
    const practice = new Practice();
    practice.set({ dead_layer: { chamber: 2, layer: 1 } });
    expect(practice.windowsUntil(({ chambers }) => chambers[2]?.state === "bad", 3)).toBeLessThan(3);
    expect(practice.faults.map(({ key }) => key)).toEqual(["dead-layer chamber 2 layer 1"]);
    const other = new Practice();
    other.set({ dead_fpga: 1 });
    other.run(2);
    expect(other.quality.whole).toMatchObject({ state: "bad", reason: expect.stringContaining("FPGA 1") });
    const third = new Practice();
    third.set({ garbage: 0.2 });
    third.run(1);
    expect(third.quality.data).toMatchObject({ state: "bad" });
  });
});

describe("the light of a chamber", () => {
  it("collects before it judges single cells, and says how far it is", () => {
    const practice = new Practice({ rateHz: 200 });
    practice.run(2);
    expect(practice.quality.chambers[0]).toMatchObject({
      state: "few",
      reason: expect.stringMatching(/^collecting: \d+ of 20 hits expected per cell$/),
    });
    practice.run(40);
    expect(practice.quality.chambers[0]).toMatchObject({ state: "good" });
  });

  it("is none without data, and the whole says why", () => {
    const practice = healthy();
    const status = makeStatus();
    const newestEndMs = practice.nowMs - 100;
    const silent: SystemStatus = { ...status, hops: [] };
    practice.judge.takeStatus(silent, newestEndMs + 8_000);
    expect(practice.quality.whole.state).toBe("good");
    practice.judge.takeStatus(silent, newestEndMs + 9_000);
    expect(practice.quality.data).toMatchObject({ state: "warning" });
    practice.judge.takeStatus(silent, newestEndMs + 12_000);
    expect(practice.quality.whole).toMatchObject({
      state: "bad",
      reason: "the data has stopped: the newest window ended 12 s ago",
    });
    expect(practice.quality.chambers.map(({ state }) => state)).toEqual(["none", "none", "none", "none"]);
    practice.run(1);
    expect(practice.quality.whole.state).toBe("good");
  });

  it("names the first station that is silent", () => {
    const practice = healthy();
    const status = makeStatus();
    const hops = status.hops.map((hop) => ({
      ...hop,
      last_ms: hop.hop === "readout" ? status.now_ms : status.now_ms - 7000,
    }));
    practice.judge.takeStatus({ ...status, hops }, practice.nowMs + 1000);
    expect(practice.quality.data.reason).toBe("the topic of rows has been silent for 7 s");
  });

  it("is none before the first window", () => {
    const practice = new Practice();
    practice.judge.takeStatus(null, 1000);
    expect(practice.quality.whole).toMatchObject({ state: "none", reason: "no window has come yet" });
  });
});

/** Alters one chamber's cells and keeps all sums as they must be. */
function withCells(
  message: WindowMessage,
  chamber: number,
  change: (hits: number, cell: number) => number,
): WindowMessage {
  const copy = structuredClone(message);
  const counts = copy.tdc_counts_chamber[String(chamber) as "0"];
  const before = counts.hist_counts.reduce((sum, hits) => sum + hits, 0);
  counts.hist_counts = counts.hist_counts.map((hits, cell) => Math.round(change(hits, cell)));
  const gain = counts.hist_counts.reduce((sum, hits) => sum + hits, 0) - before;
  copy.hit_count_chamber[chamber]! += gain;
  copy.hit_count += gain;
  copy.ledger.hits += gain;
  copy.ledger.rows += gain;
  return copy;
}

describe("faults that the simulator cannot have", () => {
  it("dead cells are named once 20 hits were expected, not before", () => {
    const practice = healthy();
    const dead = (message: WindowMessage): WindowMessage =>
      withCells(message, 3, (hits, cell) => (cell === 9 || cell === 40 ? 0 : hits));
    practice.run(1, dead);
    expect(practice.faults).toEqual([]);
    practice.run(5, dead);
    expect(practice.faults.map(({ key, state }) => [key, state])).toEqual([
      ["dead-cell chamber 3 cell 9", "warning"],
      ["dead-cell chamber 3 cell 40", "warning"],
    ]);
    expect(practice.faults[0]?.reason).toMatch(
      /^cell 9 \(layer 2, wire 2\) is dead: .* expect \d+ hits, none came$/,
    );
    practice.run(3);
    expect(practice.faults).toEqual([]);
  });

  it("many dead cells grade the chamber", () => {
    const practice = healthy();
    const share = (dead: number) => (message: WindowMessage) =>
      withCells(message, 0, (hits, cell) => ((cell * 7) % 64 < dead ? 0 : hits));
    practice.run(6, share(10));
    expect(practice.faults.map(({ key }) => key)).toEqual(["dead-cell chamber 0", "live-cells chamber 0"]);
    expect(practice.quality.chambers[0]?.state).toBe("warning");
    practice.run(6, share(30));
    expect(practice.quality.chambers[0]?.state).toBe("bad");
    expect(practice.faults.find(({ rule }) => rule === "live-cells")?.numbers["dead_cells"]).toBe(30);
  });

  it("seven dead cells in a row name the layer and the wires", () => {
    const practice = healthy();
    practice.run(2, (message) =>
      withCells(message, 2, (hits, cell) => (cell % 4 === 2 && cell < 30 ? 0 : hits)),
    );
    expect(practice.faults.map(({ key }) => key)).toEqual(["dead-layer chamber 2 layer 3"]);
    expect(practice.faults[0]?.reason).toMatch(/^layer 3 is dead from wire 0 to 6: /);
  });

  it("a chamber that gives much less than usual", () => {
    const practice = healthy();
    practice.run(2, (message) => withCells(message, 1, (hits) => 0.3 * hits));
    expect(practice.faults.map(({ key }) => key)).toEqual(["chamber-rate chamber 1"]);
    expect(practice.faults[0]?.reason).toMatch(
      /^0\.\d+ times the usual hits: \d+ per second instead of \d+$/,
    );
  });

  it("a rate that changes everywhere is the telescope's", () => {
    const practice = healthy();
    practice.run(2, (message) =>
      [0, 1, 2, 3].reduce((changed, chamber) => withCells(changed, chamber, (hits) => 3 * hits), message),
    );
    expect(practice.faults.map(({ key }) => key)).toEqual(["chamber-rate whole"]);
  });

  it("a picture that stands still", () => {
    const practice = healthy();
    let first: WindowMessage | null = null;
    const stuck = (message: WindowMessage): WindowMessage => {
      first ??= message;
      return { ...first, msg_ID: message.msg_ID, window: message.window };
    };
    practice.run(3, stuck);
    expect(practice.faults.map(({ key }) => key)).toContain("stuck whole");
    expect(practice.quality.whole.state).toBe("bad");
  });

  it("a ledger that does not add up", () => {
    const practice = healthy();
    practice.run(1, (message) => ({
      ...message,
      ledger: { ...message.ledger, rows: message.ledger.rows + 7 },
    }));
    expect(practice.faults).toMatchObject([
      { key: "ledger ledger", state: "bad", reason: "the ledger does not add up: 7 rows missing" },
    ]);
  });

  it("messages that never came, once they can no longer come in order", () => {
    const practice = healthy();
    const lose = (message: WindowMessage): WindowMessage => ({
      ...message,
      sources: message.sources.map((source) => ({
        ...source,
        ranges: source.ranges.map(([first, last]) => [first + 2, last] as [number, number]),
      })),
    });
    practice.run(1, lose);
    expect(practice.faults).toEqual([]);
    practice.run(2);
    expect(practice.faults).toMatchObject([
      { key: "sequence-gaps stream", state: "bad", reason: "2 messages of the producers never came" },
    ]);
  });

  it("a drift-time box that has moved", () => {
    const practice = new Practice();
    practice.run(40);
    const moved = (message: WindowMessage): WindowMessage => {
      const copy = structuredClone(message);
      const drift = copy.drift_time_chamber["1"];
      drift.hist_counts = [0, 0, 0, 0, 0, ...drift.hist_counts.slice(0, -5)];
      return copy;
    };
    const needed = practice.windowsUntil(() => {
      practice.run(1, moved);
      return practice.faults.length > 0;
    }, 40);
    expect(needed).toBeLessThan(40);
    expect(practice.faults.map(({ key }) => key)).toEqual(["drift-time chamber 1"]);
    expect(practice.faults[0]?.reason).toMatch(/^the drift-time box (has moved by \d+ ns|is .* than usual)$/);
  });

  it("a replay that runs five times as fast", () => {
    const practice = healthy();
    practice.run(3, (message) => ({ ...message, orbit_last: message.orbit_first! + 5 * 56_000 }));
    expect(practice.faults).toMatchObject([{ key: "clock stream", state: "warning" }]);
  });

  it("late messages that were dropped, by the count of the status", () => {
    const practice = healthy();
    const status = makeStatus();
    practice.judge.takeStatus({ ...status, late: { messages: 3, rows: 30 } }, practice.nowMs + 1);
    practice.judge.takeStatus({ ...status, late: { messages: 5, rows: 60 } }, practice.nowMs + 2);
    practice.run(1);
    expect(practice.faults).toMatchObject([
      { key: "late-rows stream", reason: "2 messages with 30 rows came too late and were dropped" },
    ]);
    practice.run(Math.ceil(30_000 / windowMs) + 2);
    expect(practice.faults).toEqual([]);
  });
});

describe("a reference", () => {
  it("tells at once what is missing, and what has always been so", () => {
    const messages: WindowMessage[] = [];
    const known = new Practice({ seed: 5 });
    const masked = (message: WindowMessage): WindowMessage =>
      withCells(message, 0, (hits, cell) => (cell === 5 ? 0 : hits));
    known.run(30, (message) => {
      messages.push(masked(message));
      return message;
    });
    const reference = referenceOf(sumWindows(messages)!, "good", "test", 0);
    const practice = new Practice({ seed: 6 });
    practice.judge.setReference({ id: "r", reference });
    practice.run(5, (message) => withCells(masked(message), 0, (hits, cell) => (cell === 6 ? 0 : hits)));
    expect(practice.quality.reference).toEqual({ id: "r", name: "good" });
    expect(practice.faults.map(({ key }) => key)).toEqual(["dead-cell chamber 0 cell 6"]);
    expect(practice.faults[0]?.reason).toContain("the reference makes one expect");
  });

  it("shows a shape that has changed", () => {
    const messages: WindowMessage[] = [];
    const known = new Practice({ seed: 5 });
    known.run(60, (message) => {
      messages.push(message);
      return message;
    });
    const practice = new Practice({ seed: 6 });
    practice.judge.setReference({
      id: "r",
      reference: referenceOf(sumWindows(messages)!, "good", "test", 0),
    });
    const tilted = (message: WindowMessage): WindowMessage =>
      withCells(message, 2, (hits, cell) => hits * (cell < 32 ? 0.6 : 1.4));
    practice.run(20, tilted);
    expect(practice.faults).toMatchObject([{ key: "shape chamber 2", state: "warning" }]);
    expect(practice.faults[0]?.reason).toMatch(/differs from the reference by \d+ % \(chi-square/);
  });
});
