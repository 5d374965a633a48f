/** The begin of an alarm is not later than that of its fault, even if a diagnosis needs many windows. */
import { expect, it } from "vitest";
import { RunJudge } from "../../../dashboard/bridge/quality/run-judge.js";
import type { DetectorFault } from "../../../pipeline/model/index.js";
import { SimulatedWindows, type SimulatedWindowsOptions } from "../../../producer/simulated-windows.js";

const [firstId, from, windowMs] = [100_000, 40, 5000];
const cables = { kind: "cables_exchanged", chamber: 0, cable: 1, other_chamber: 0, other_cable: 2 } as const;

const cases: [DetectorFault, SimulatedWindowsOptions["preset"], number, number][] = [
  [{ kind: "segment_loss", chamber: 2, strength: 0.8 }, "clean", 34, 20],
  [{ kind: "chamber_loss", chamber: 1, strength: 0.88 }, "clean", 31, 8],
  [{ kind: "chamber_loss", chamber: 1, strength: 0.88 }, "legnaro-real", 32, 30],
  [{ kind: "drift_velocity", strength: -4 }, "legnaro-real", 33, 30],
  [cables, "legnaro-real", 32, 15],
  // Strong faults are found at once.
  [{ kind: "layer_loss", chamber: 0, layer: 2, strength: 0.3 }, "legnaro-real", 31, 2],
  [{ kind: "rate", strength: 0.6 }, "clean", 32, 2],
];

it.each(cases)(
  "%j (%s, seed %d) began at most %d windows after its alarm's begin",
  (fault, preset, seed, most) => {
    const judge = new RunJudge();
    const stream = new SimulatedWindows({ seed, preset, firstId, faults: [{ fault, from }] });
    for (const message of stream.take(from + 45)) judge.take(message);
    judge.finish();
    const { alarms } = judge.summary();
    expect(alarms.length).toBeGreaterThan(0);
    for (const { after_ms } of alarms) {
      const windows = firstId + from - after_ms! / windowMs;
      expect(windows).toBeGreaterThanOrEqual(0);
      expect(windows).toBeLessThanOrEqual(most);
    }
  },
);
