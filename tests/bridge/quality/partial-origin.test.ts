/** A cell that is loud from the start, without a mask, hides only its own chamber from the rules that compare. */
import { describe, expect, it } from "vitest";
import { QualityJudge } from "../../../dashboard/bridge/quality/index.js";
import type { DetectorFault, Finding, Quality } from "../../../pipeline/model/index.js";
import { SimulatedWindows } from "../../../producer/simulated-windows.js";

const hot: DetectorFault = { kind: "hot_cell", chamber: 2, cell: 30, strength: 500 };
const [learned, faulty] = [40, 5];

function alarmsOf({ findings }: Quality): Finding[] {
  return findings.filter(({ state, cause }) => (state === "warning" || state === "bad") && cause === null);
}

/** Alarms of the last windows, in which a second fault is active, and the judge's comparison afterwards. */
function replay(fault: DetectorFault): { keys: string[]; comparedWith: string } {
  const windows = new SimulatedWindows({
    seed: 4,
    faults: [{ fault: hot }, { fault, from: learned, to: learned + faulty }],
  });
  const judge = new QualityJudge();
  const keys = new Set<string>();
  for (let n = 0; n < learned + faulty; n += 1) {
    const message = windows.next();
    const quality = judge.takeWindow(message, message.window.end_ms);
    if (n >= learned) for (const { key } of alarmsOf(quality)) keys.add(key);
    else if (n > 4) expect(alarmsOf(quality).map(({ key }) => key)).toEqual(["hot-cell chamber 2 cell 30"]);
  }
  return { keys: [...keys], comparedWith: judge.quality!.compared_with };
}

describe("with a loud cell in chamber 2 from the start", { timeout: 240_000 }, () => {
  it.each<[string, DetectorFault, string]>([
    ["noise of another chamber", { kind: "chamber_noise", chamber: 1, strength: 1.6 }, "noise chamber 1"],
    ["the rate of all", { kind: "rate", strength: 0.55 }, "chamber-rate whole"],
    ["t0 of all", { kind: "t0_all", strength: 15 }, "time-offset whole"],
    ["lost segments", { kind: "segment_loss", chamber: 1, strength: 0.5 }, "segment-loss chamber 1"],
  ])("%s is found against the run's own past", (_, fault, key) => {
    const { keys, comparedWith } = replay(fault);
    expect(comparedWith).toMatch(/^its own past since .* UTC, without chamber 2, where a fault stood$/);
    expect(keys.filter((one) => !one.startsWith("hot-cell"))).toEqual([key]);
  });

  it("its chamber is compared, too, once it has been quiet for as long, and its repair is no alarm", () => {
    const windows = new SimulatedWindows({ seed: 4, faults: [{ fault: hot, from: 0, to: learned }] });
    const judge = new QualityJudge();
    const comparisons = new Set<string>();
    for (let n = 0; n < 3 * learned; n += 1) {
      const message = windows.next();
      const quality = judge.takeWindow(message, message.window.end_ms);
      if (n > learned + 4) expect(alarmsOf(quality)).toEqual([]);
      comparisons.add(quality.compared_with.replace(/since .* UTC/, "since T"));
    }
    expect([...comparisons]).toEqual([
      "physics only",
      "its own past since T, without chamber 2, where a fault stood",
      "its own past since T",
    ]);
  });

  it("a fault that may touch others keeps the origin from being taken", () => {
    const fault: DetectorFault = { kind: "t0_chamber", chamber: 3, strength: 40 };
    const windows = new SimulatedWindows({ seed: 4, faults: [{ fault }] });
    const judge = new QualityJudge();
    for (const message of windows.take(learned)) judge.takeWindow(message, message.window.end_ms);
    expect(judge.quality!.compared_with).toBe("physics only");
  });
});
