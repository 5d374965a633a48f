/** Dead time of the read-out, from the gaps between orbits with hits. */
import { expect, it } from "vitest";
import { silentTime } from "../../../dashboard/bridge/quality/physics/silent-time.js";
import {
  defaultDetector,
  type ActiveChannels,
  type DetectorFault,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { SimulatedWindows } from "../../../producer/simulated-windows.js";
import { seeded } from "../../helpers/messages.js";
import { Practice } from "./practice.js";

it("is the cause of a lower rate of all chambers", () => {
  const practice = new Practice({ rateHz: 1000, preset: "legnaro-real" });
  practice.run(30);
  practice.set({ detector: [{ kind: "dead_time", strength: 0.3 }] });
  practice.run(5);
  const [fault, ...others] = practice.faults;
  expect(others).toEqual([]);
  expect(fault?.key).toBe("chamber-rate whole");
  expect(fault?.reason).toMatch(
    /; no hits in [23]\d % of the time, in \d\d gaps of \d\d ms: dead time of the read-out$/,
  );
  practice.set({ detector: [{ kind: "rate", strength: 0.6 }] });
  practice.run(5);
  expect(practice.faults.map(({ reason }) => reason)).toEqual([expect.not.stringContaining("gaps")]);
});

it("is not the cause if the gaps do not explain the rate", () => {
  const practice = new Practice({ rateHz: 1000, preset: "legnaro-real" });
  practice.run(30);
  practice.set({ detector: [{ kind: "rate", strength: 0.6 }] });
  // As with a beam in short spills.
  const inSpills = ({ bin_edges, ...others }: ActiveChannels): ActiveChannels => ({
    ...others,
    bin_edges: bin_edges.map((orbit) => orbit - (orbit % 2000) + Math.round((orbit % 2000) / 10)),
  });
  let found: number | undefined;
  practice.run(5, (message) => {
    const active = Object.entries(message.active_tdc_chamber).map(([key, one]) => [key, inSpills(one)]);
    const changed = {
      ...message,
      active_tdc_chamber: Object.fromEntries(active) as typeof message.active_tdc_chamber,
    };
    found = silentTime(defaultDetector, changed)?.fraction;
    return changed;
  });
  expect(found).toBeGreaterThan(0.8);
  expect(practice.faults.map(({ key, reason }) => [key, reason.includes("gaps")])).toEqual([
    ["chamber-rate whole", false],
  ]);
});

const windowsOf = (rateHz: number, fault: DetectorFault | null): WindowMessage[] =>
  new SimulatedWindows({
    preset: "legnaro-real",
    rateHz,
    ...(fault === null ? {} : { faults: [{ fault }] }),
  }).take(8);

it.each([1000, 5000, 20_000])("a read-out that stops in 0.3 of the time is seen at %d rows/s", (rateHz) => {
  for (const message of windowsOf(rateHz, { kind: "dead_time", strength: 0.3 })) {
    const silent = silentTime(defaultDetector, message);
    expect(silent?.fraction).toBeGreaterThan(0.2);
    expect(silent?.fraction).toBeLessThan(0.4);
    expect(silent!.gaps * silent!.gapMs).toBeCloseTo(5000 * silent!.fraction, 6);
  }
});

it.each([
  ["good data", null],
  ["a lower rate", { kind: "rate", strength: 0.6 }],
  ["a hot cell", { kind: "hot_cell", chamber: 0, cell: 3 }],
  ["noise of a chamber", { kind: "chamber_noise", chamber: 1, strength: 3 }],
  // The other FPGA has hits in these times.
  ["a silent FPGA", { kind: "fpga_loss", fpga: 1, strength: 0 }],
] as const)("%s has no such gaps", (_, fault) => {
  for (const rateHz of [1000, 5000])
    for (const message of windowsOf(rateHz, fault)) expect(silentTime(defaultDetector, message)).toBeNull();
});

it("measures gaps of a known length in hits at random times", () => {
  const random = seeded(7);
  const [like] = windowsOf(1000, null);
  // Every 2000 orbits, 500 are silent: a quarter of the time.
  const orbits = Array.from({ length: 56_000 }, (_, orbit) => orbit).filter(
    (orbit) => orbit % 2000 >= 500 && random() < 1 / 40,
  );
  const one = { bin_edges: orbits, hist_counts: orbits.map(() => 1), orbits_per_bin: 1 };
  const message = { ...like!, active_tdc_chamber: { 0: one, 1: one, 2: one, 3: one } };
  const silent = silentTime(defaultDetector, message);
  // A few chance gaps are as long.
  expect(Math.abs(silent!.gaps - 28)).toBeLessThan(5);
  expect(silent?.fraction).toBeCloseTo(0.25, 1);
  expect(Math.abs(silent!.gapMs - (5000 * 500) / 56_000)).toBeLessThan(10);
});
