/** An uncalibrated set-up gives one warning with a remedy, not one fault per chamber. */
import { describe, expect, it } from "vitest";
import { defaultDetector, type DetectorConfig, type Finding } from "../../../pipeline/model/index.js";
import { QualityJudge } from "../../../dashboard/bridge/quality/index.js";
import { SimulatedWindows, type SimulatedWindowsOptions } from "../../../producer/simulated-windows.js";

function alarmsOf(options: SimulatedWindowsOptions, windows: number): Finding[][] {
  const judge = new QualityJudge();
  return new SimulatedWindows(options)
    .take(windows)
    .map((message) =>
      judge
        .takeWindow(message, message.window.end_ms)
        .findings.filter(({ state, cause }) => (state === "warning" || state === "bad") && cause === null),
    );
}

const withOffsets = (offsets: readonly number[], layers: readonly number[]): DetectorConfig => ({
  ...defaultDetector,
  chambers: defaultDetector.chambers.map((chamber, i) => ({
    ...chamber,
    driftOffsetNs: chamber.driftOffsetNs + offsets[i]!,
    layerOffsetsNs: layers,
  })),
});

describe("an uncalibrated set-up", () => {
  it.each([
    ["chambers", withOffsets([40, -35, 70, 0], [0, 0, 0, 0]), /t0 of [234] chambers off by up to \d+ ns/],
    ["layers", withOffsets([0, 0, 0, 0], [28, 0, 0, 0]), /\d layers off by up to \d+ ns/],
  ])("with wrong offsets of %s gives one warning from the first windows on", (_, telescope, words) => {
    const alarms = alarmsOf({ seed: 5, telescope, detector: defaultDetector }, 10);
    for (const found of alarms.slice(3)) {
      expect(found.map(({ key }) => key)).toEqual(["calibration whole"]);
      expect(found[0]).toMatchObject({ state: "warning", reason: expect.stringMatching(words) });
      expect(found[0]!.what_to_do).toContain("muonitor detector calibrate");
    }
  });

  it("is not assumed for chambers that shifted after good data, nor for a single chamber", () => {
    const faults = [40, -40].map((strength, chamber) => ({
      fault: { kind: "t0_chamber" as const, chamber, strength },
      from: 15,
    }));
    const moved = alarmsOf({ seed: 5, faults }, 20).at(-1)!;
    expect(moved.map(({ key }) => key).sort()).toEqual(["time-offset chamber 0", "time-offset chamber 1"]);
    const telescope = withOffsets([0, 0, 45, 0], [0, 0, 0, 0]);
    const single = alarmsOf({ seed: 5, telescope, detector: defaultDetector }, 6).at(-1)!;
    expect(single.map(({ key }) => key)).toEqual(["time-offset chamber 2"]);
  });
});
