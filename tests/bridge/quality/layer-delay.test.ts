/** A late or early layer: the right one is named, with its delay, although t0 of the lines and their slopes shift, too. */
import { describe, expect, it } from "vitest";
import type { DetectorFault, Finding } from "../../../pipeline/model/index.js";
import { Practice } from "./practice.js";

/** With 90 % noise, the number of windows until a delayed layer of the chamber with the fewest muons is named. */
const most = { clean: 3, "legnaro-real": 18 } as const;

/** Findings that raise alarms in each of `windows` windows with a fault. */
function alarmsOf(preset: keyof typeof most, fault: DetectorFault, windows: number): Finding[][] {
  const practice = new Practice({ seed: 11, rateHz: 1000, preset });
  practice.run(40);
  practice.set({ detector: [fault] });
  return Array.from({ length: windows }, () => {
    practice.run(1);
    return practice.faults;
  });
}

describe.each(["clean", "legnaro-real"] as const)("in data like %s", (preset) => {
  it.each([
    [2, 2, 60],
    [0, 3, -60],
    [1, 1, -80],
    [3, 4, 80],
  ])(
    "chamber %d, layer %d by %d ns",
    (chamber, layer, strength) => {
      const windows = alarmsOf(preset, { kind: "t0_layer", chamber, layer, strength }, most[preset] + 12);
      const key = `layer-time chamber ${chamber} layer ${layer}`;
      const named = windows.findIndex((alarms) => alarms.some((one) => one.key === key));
      expect(named).toBeGreaterThanOrEqual(0);
      expect(named).toBeLessThan(most[preset]);
      const keys = new Set(windows.flat().map((one) => one.key));
      expect([...keys].filter((one) => one.startsWith("layer-time"))).toEqual([key]);
      // The first diagnosis may be that of a consequence, for two windows more at most.
      for (const alarms of windows.slice(named + 2)) expect(alarms.map((one) => one.key)).toEqual([key]);
      const { offset_ns: ns = 0, offset_ns_sigma: sigma = 0 } = windows.at(-1)![0]!.numbers;
      expect(Math.abs(ns - strength)).toBeLessThan(4 * sigma);
    },
    60_000,
  );

  it.each([
    ["t0 of a chamber", { kind: "t0_chamber", chamber: 2, strength: 30 }, "time-offset chamber 2"],
    ["the drift velocity of a chamber", { kind: "drift_velocity", chamber: 2, strength: -12 }, null],
  ] as const)(
    "%s is never taken for a layer",
    (_, fault, key) => {
      const last = alarmsOf(preset, fault, 24)
        .map((alarms) => {
          expect(alarms.filter(({ rule }) => rule === "layer-time")).toEqual([]);
          return alarms;
        })
        .at(-1)!;
      expect(last).toHaveLength(1);
      if (key !== null) expect(last[0]!.key).toBe(key);
      expect(last[0]!.reason).not.toContain("one layer");
    },
    60_000,
  );
});
