/** Faults where 90 % of the hits are noise and few muons cross one cell: found, and active until their repair. */
import { describe, expect, it } from "vitest";
import type { DetectorFault } from "../../../pipeline/model/index.js";
import { Practice } from "./practice.js";

const seeds = [5, 6, 7];
/** Windows before the fault, with which the later ones are compared. */
const before = 60;

function noisy(seed: number): Practice {
  const practice = new Practice({ seed, rateHz: 1000, preset: "legnaro-real" });
  practice.run(before);
  return practice;
}

/** Keys of the alarms in each window. */
function keysDuring(practice: Practice, fault: DetectorFault | null, windows: number): string[][] {
  practice.set({ detector: fault === null ? [] : [fault] });
  return Array.from({ length: windows }, () => {
    practice.run(1);
    return practice.faults.map(({ key }) => key);
  });
}

describe.each(seeds)("with 90 % noise hits, seed %d", (seed) => {
  it.each([
    [0.1, 6],
    [0.3, 12],
  ])(
    "a cell at %d is found, and stays found until its repair",
    (strength, most) => {
      const practice = noisy(seed);
      const windows = keysDuring(practice, { kind: "cell_loss", chamber: 3, cell: 37, strength }, 60);
      const since = windows.findIndex((keys) => keys.length > 0);
      expect(since).toBeLessThan(most);
      for (const keys of windows.slice(since)) expect(keys).toEqual(["cell-efficiency chamber 3 cell 37"]);
      const after = keysDuring(practice, null, 24);
      expect(after.findIndex((keys) => keys.length === 0)).toBeLessThan(12);
      expect(after.at(-1)).toEqual([]);
    },
    60_000,
  );

  it.each([
    ["chamber 3", { kind: "chamber_noise", chamber: 3, strength: 2 }],
    ["chamber 3 layer 2", { kind: "layer_noise", chamber: 3, layer: 2, strength: 3 }],
  ] as const)("hot cells do not hide the noise of %s, nor the noise the hot cells", (place, noise) => {
    const practice = noisy(seed);
    const hot = [12, 16].map((cell) => ({ kind: "hot_cell", chamber: 3, cell, strength: 300 }) as const);
    const keys = hot.map(({ cell }) => `hot-cell chamber 3 cell ${cell}`);
    practice.set({ detector: hot });
    for (let i = 0; i < 6; i += 1) {
      practice.run(1);
      expect(practice.faults.map(({ key }) => key).toSorted()).toEqual(keys);
    }
    practice.set({ detector: [...hot, noise] });
    practice.run(6);
    expect(practice.faults.map(({ key }) => key).toSorted()).toEqual([...keys, `noise ${place}`]);
  });

  it("the t0 of a chamber is given relative to the timing signals, with its usual value", () => {
    const practice = noisy(seed);
    const fault = { kind: "t0_chamber", chamber: 2, strength: 30 } as const;
    expect(keysDuring(practice, fault, 6).at(-1)).toEqual(["time-offset chamber 2"]);
    const [, now, before] =
      /off by (-?[\d.]+) ± .* timing signals, usually (-?[\d.]+) ± .* ns \(its own past/.exec(
        practice.faults[0]!.reason,
      ) ?? [];
    expect(Math.abs(Number(now) - Number(before) - 30)).toBeLessThan(4);
  });

  it("a drift velocity of one chamber is t0 or drift velocity at first, and then stays found until its repair", () => {
    const practice = noisy(seed);
    const fault = { kind: "drift_velocity", chamber: 2, strength: -12 } as const;
    const windows = keysDuring(practice, fault, 120);
    expect(windows[4]).toEqual(["time-offset chamber 2"]);
    const since = windows.findIndex(([key]) => key === "drift-velocity chamber 2");
    expect(since).toBeLessThan(60);
    for (const keys of windows.slice(since)) expect(keys).toEqual(["drift-velocity chamber 2"]);
    expect(keysDuring(practice, null, 24).at(-1)).toEqual([]);
  }, 60_000);

  it("a BX counter that is 6 BX off is never taken for a drift velocity, a drift velocity of both chambers may be", () => {
    const reasonsOf = (faults: readonly DetectorFault[]): string[] => {
      const practice = noisy(seed);
      practice.set({ detector: [...faults] });
      practice.run(3);
      return Array.from({ length: 8 }, () => {
        practice.run(1);
        return practice.faults.map(({ reason }) => reason);
      }).flat();
    };
    const ofBx = reasonsOf([{ kind: "bx_offset", fpga: 0, strength: 6 }]);
    expect(ofBx.length).toBeGreaterThan(4);
    for (const reason of ofBx)
      expect(reason).toMatch(/^the BX counter of FPGA 0 or 1 is off by 6 BX: t0 of chambers/);
    const slow = [0, 1].map((chamber) => ({ kind: "drift_velocity", chamber, strength: -12 }) as const);
    const ofVelocity = reasonsOf(slow);
    expect(ofVelocity.length).toBeGreaterThan(4);
    for (const reason of ofVelocity) expect(reason).toMatch(/drift velocity/);
  }, 60_000);

  it("exchanged layers keep their name, and their repair raises no alarm", () => {
    const practice = noisy(seed);
    const exchange = { kind: "layers_exchanged", chamber: 3, layer: 1, other_layer: 2 } as const;
    keysDuring(practice, exchange, 10);
    for (let window = 0; window < 22; window += 1) {
      practice.run(1);
      expect(practice.faults.map(({ reason }) => reason.split(" are exchanged")[0])).toEqual([
        expect.stringMatching(/^layers 1 and 2( \(or .*\))?$/),
      ]);
    }
    const after = keysDuring(practice, null, 12);
    expect(new Set(after.flat())).toEqual(new Set(["cabling chamber 3"]));
    expect(after.slice(3).flat()).toEqual([]);
  }, 60_000);

  it("a noisy cell that becomes as quiet as the others loses no hits", () => {
    const practice = new Practice({ seed, rateHz: 1000, preset: "legnaro-real" });
    const cell = { kind: "hot_cell", chamber: 1, cell: 22, strength: 8 } as const;
    practice.set({ detector: [cell] });
    practice.run(before);
    const quiet = keysDuring(practice, null, 40).flat();
    expect(quiet.filter((key) => key.startsWith("cell-efficiency"))).toEqual([]);
  }, 60_000);

  it("noise of its layer, or a hot neighbour, does not make a cell look low", () => {
    for (const fault of [
      { kind: "layer_noise", chamber: 1, layer: 2, strength: 20 },
      { kind: "hot_cell", chamber: 1, cell: 22, strength: 5000 },
    ] as const) {
      const keys = keysDuring(noisy(seed), fault, 30).flat();
      expect(keys.filter((key) => key.startsWith("cell-efficiency"))).toEqual([]);
    }
  }, 60_000);
});
