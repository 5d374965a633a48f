/** Every fault of the simulator gets its state and reason within two windows, and clears after its end. */
import { describe, expect, it } from "vitest";
import {
  defaultDetector,
  noFaults,
  type DetectorConfig,
  type Faults,
} from "../../../pipeline/model/index.js";
import { faultView } from "../../../dashboard/src/live/fault-view.js";
import { healthy, Practice } from "./practice.js";

describe("the simulator's faults", () => {
  it.each<[string, Partial<Faults>, string, string, RegExp, number[]]>([
    [
      "dead layer",
      { dead_layer: { chamber: 1, layer: 3 } },
      "dead-layer chamber 1 layer 3",
      "bad",
      /^layer 3 is dead: no hits, \d+ expected$/,
      [1],
    ],
    [
      "dead FPGA",
      { dead_fpga: 0 },
      "dead-fpga fpga 0",
      "bad",
      /^FPGA 0 sends no hits: chambers 0 and 1 are silent$/,
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
      /^cell 17 \(layer 2, wire 4\) is hot: [\d,]+ hits, [\d.]+ expected$/,
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
    [
      "lost trigger words",
      { detector: [{ kind: "words_lost", fpga: 1 }] },
      "trigger-words stream",
      "warning",
      /^FPGA 1 sends no trigger words, only hits$/,
      [],
    ],
    [
      "repeated messages",
      { duplicates: 0.6 },
      "duplicates stream",
      "warning",
      /^3 messages arrived twice/,
      [],
    ],
    [
      "late messages",
      { late_data: { fraction: 0.2, delay_ms: 20_000 } },
      "late-rows stream",
      "warning",
      /^[\d.]+ % of the rows arrive late/,
      [],
    ],
    [
      "silence",
      { silence: true },
      "no-rows stream",
      "bad",
      /^the read-out sends no rows, although its heartbeat continues$/,
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
    practice.set(noFaults);
    expect(practice.windowsUntil(({ whole }) => whole.state === "good", 10)).toBeLessThan(8);
    practice.run(12);
    expect(practice.faults).toEqual([]);
  });

  it("lost trigger words lead to the plot of the FPGA that lost them", () => {
    const practice = healthy();
    practice.set({ detector: [{ kind: "words_lost", fpga: 1 }] });
    practice.run(2);
    // Over the windows without words only, in which the plot is empty.
    const views = practice.faults.map((finding) => faultView(finding));
    expect(views).toMatchObject([{ at: "word-dt0-1", span: 1 }]);
    expect(practice.faults[0]?.after_ms).toBeLessThan(practice.faults[0]!.since_ms - 5000);
  });

  it("a stream of malformed rows is reported as such, not as a detector without hits", () => {
    const practice = healthy();
    practice.set({ dead_layer: { chamber: 1, layer: 3 } });
    practice.run(2);
    practice.set({ garbage: 1 });
    practice.run(2);
    expect(practice.faults.map(({ key, state }) => [key, state])).toEqual([
      ["malformed stream", "bad"],
      ["dead-layer chamber 1 layer 3", "bad"],
    ]);
    expect(practice.quality.whole.reason).toMatch(/^100 % of the rows are malformed/);
    expectNoHits(practice);
    practice.set({ ...noFaults, silence: true });
    practice.run(2);
    expect(practice.quality.chambers[0]?.reason).toBe("no data: no rows arrive");
    expect(practice.faults.map(({ key }) => key)).toContain("malformed stream");
    practice.set(noFaults);
    practice.run(8);
    expect(practice.faults).toEqual([]);
  });

  it("rows without hits and without another explanation are reported as a detector fault", () => {
    const practice = healthy();
    practice.set({ garbage: 1 });
    practice.run(1, (message) => ({
      ...message,
      ledger: { ...message.ledger, malformed: 0, head_rejected: message.ledger.rows },
    }));
    expect(practice.faults).toMatchObject([
      { key: "no-rows stream", state: "bad", reason: "5,000 rows arrived, but no hit in any chamber" },
    ]);
  });

  it("a completely wrong channel map is reported as such", () => {
    const practice = new Practice({ detector: wrongMap });
    practice.run(2);
    expect(practice.faults.map(({ key, state }) => [key, state])).toEqual([["unmapped stream", "bad"]]);
    expect(practice.faults[0]).toMatchObject({
      reason: expect.stringMatching(/^\d+ % of the measurements are of channels that belong to no chamber$/),
      what_to_do: expect.stringMatching(/detector map/),
    });
    expectNoHits(practice);
  });

  it("a silent chamber, without which other channels have a larger share, is the only fault", () => {
    const practice = new Practice({ rateHz: 1000, seed: 21 });
    practice.run(30);
    practice.set({ detector: [{ kind: "chamber_loss", chamber: 3, strength: 0 }] });
    practice.run(3);
    for (let window = 0; window < 40; window += 1) {
      expect(practice.faults.map(({ key }) => key)).toEqual(["silent-chamber chamber 3"]);
      practice.run(1);
    }
  });

  it("are found from the start, without earlier data", () => {
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

/** Channels that the telescope does not have. */
const wrongMap: DetectorConfig = {
  ...defaultDetector,
  chambers: defaultDetector.chambers.map((chamber) => ({ ...chamber, fpga: chamber.fpga + 4 })),
};

function expectNoHits({ quality }: Practice): void {
  const light = { state: "none", reason: "no data: none of the rows is a hit" };
  expect(quality.chambers).toMatchObject([light, light, light, light]);
}
