/** Dead time of the read-out, from the gaps between orbits with hits. */
import { describe, expect, it } from "vitest";
import { RunJudge } from "../../../dashboard/bridge/quality/run-judge.js";
import { silentTime } from "../../../dashboard/bridge/quality/physics/silent-time.js";
import {
  type ActiveChannels,
  type DetectorFault,
  type WindowMessage,
} from "../../../pipeline/model/index.js";
import { SimulatedWindows } from "../../../producer/simulated-windows.js";
import { seeded } from "../../helpers/messages.js";
import { Practice } from "./practice.js";
import type { StreamOptions } from "./simulated-stream.js";

it("is the cause of a lower rate of all chambers", () => {
  const practice = new Practice({ rateHz: 1000, preset: "legnaro-real" });
  practice.run(30);
  practice.set({ detector: [{ kind: "dead_time", strength: 0.3 }] });
  practice.run(5);
  const [fault, ...others] = practice.faults;
  expect(others).toEqual([]);
  expect(fault?.key).toBe("chamber-rate whole");
  expect(fault?.reason).toMatch(
    /; dead time of the read-out: no hits in [23]\d % of the time, in \d\d gaps of \d\d ms$/,
  );
  // The timing signals are lost in the same time.
  const lit = (): string[] => {
    const { chambers, scintillator } = practice.quality;
    return [...new Set([...chambers, scintillator].map(({ state }) => state))];
  };
  expect(lit()).toEqual(["warning"]);
  practice.set({ detector: [{ kind: "rate", strength: 0.6 }] });
  practice.run(5);
  expect(practice.faults.map(({ reason }) => reason)).toEqual([expect.not.stringContaining("gaps")]);
  expect(lit()).toEqual(["warning", "good"]);
});

/** As with a beam in spills: hits only in the first half of each 0.5 s, in bins of all widths. */
function inSpills(message: WindowMessage): WindowMessage {
  const spillOrbits = 5632;
  const squeezed = ({ bin_edges, ...others }: ActiveChannels): ActiveChannels => ({
    ...others,
    bin_edges: bin_edges.map((orbit) => orbit - Math.ceil((orbit % spillOrbits) / 2)),
  });
  const active = Object.entries(message.active_tdc_chamber).map(([key, one]) => [key, squeezed(one)]);
  return { ...message, active_tdc_chamber: Object.fromEntries(active) as typeof message.active_tdc_chamber };
}

/** Reasons of the alarms after 20 good windows and some with a fault. */
function reasonsOf(
  stream: StreamOptions,
  fault: DetectorFault,
  windows: number,
  areSpills = false,
): string[] {
  const practice = new Practice(stream);
  const change = areSpills ? inSpills : (message: WindowMessage): WindowMessage => message;
  practice.run(20, change);
  practice.set({ detector: [fault] });
  practice.run(windows, change);
  return practice.faults.map(({ reason }) => reason);
}

const streams: (StreamOptions & { spills: readonly boolean[] })[] = [
  { rateHz: 1000, preset: "clean", spills: [false] },
  { rateHz: 300, preset: "legnaro-real", spills: [false] },
  { rateHz: 1000, preset: "legnaro-real", spills: [false, true] },
  { rateHz: 5000, preset: "legnaro-real", spills: [false] },
];

describe.each(streams)("at $rateHz rows/s ($preset)", ({ spills, ...stream }) => {
  it("dead time of 0.3 is named", () => {
    for (const areSpills of spills)
      expect(reasonsOf(stream, { kind: "dead_time", strength: 0.3 }, 8, areSpills)).toEqual([
        expect.stringMatching(/^hit rate in all chambers is .*; dead time of the read-out: /),
      ]);
  });

  it("a rate of 0.7 times normal is not called dead time", () => {
    for (const areSpills of spills)
      expect(reasonsOf(stream, { kind: "rate", strength: 0.7 }, 8, areSpills)).toEqual([
        expect.not.stringContaining("dead time"),
      ]);
  });
});

it("remains in the words of the cleared alarm", () => {
  const judge = new RunJudge();
  const fault = { kind: "dead_time", strength: 0.5 } as const;
  for (const message of new SimulatedWindows({ faults: [{ fault, from: 30, to: 60 }] }).take(80))
    judge.take(message);
  judge.finish();
  expect(judge.summary().alarms.map(({ reason }) => reason)).toEqual([
    expect.stringContaining("; dead time of the read-out: "),
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
    const silent = silentTime(message);
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
    for (const message of windowsOf(rateHz, fault)) expect(silentTime(message)).toBeNull();
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
  const silent = silentTime(message);
  // A few chance gaps are as long.
  expect(Math.abs(silent!.gaps - 28)).toBeLessThan(5);
  expect(silent?.fraction).toBeCloseTo(0.25, 1);
  expect(Math.abs(silent!.gapMs - (5000 * 500) / 56_000)).toBeLessThan(10);
});
