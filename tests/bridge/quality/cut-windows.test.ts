/** Runs whose data begins and ends within a window: such a window has the rates of a part of it. */
import { describe, expect, it } from "vitest";
import { QualityJudge } from "../../../dashboard/bridge/quality/judge.js";
import { RunJudge, type RunSummary } from "../../../dashboard/bridge/quality/run-judge.js";
import type { WindowMessage } from "../../../pipeline/model/index.js";
import { SimulatedWindows } from "../../../producer/simulated-windows.js";

const [windowMs, orbitMs, firstId, firstOrbit] = [5000, 0.0891, 100_000, 1_000_000];

/** The first or last part of a window, of this length. */
function cut(ms: number, id: number, orbit: number): WindowMessage {
  const [part] = new SimulatedWindows({ seed: id, windowMs: ms, firstOrbit: Math.round(orbit) }).take(1);
  const window = { start_ms: id * windowMs, end_ms: (id + 1) * windowMs, time: "detector" as const };
  return { ...part!, msg_ID: id, window };
}

const inDetectorTime = (message: WindowMessage): WindowMessage => ({
  ...message,
  window: { ...message.window, time: "detector" },
});

/** A part of 0.4 s, whole windows, and a part of 2.8 s. */
function run(count: number, faults: ConstructorParameters<typeof SimulatedWindows>[0] = {}): WindowMessage[] {
  const whole = new SimulatedWindows({ seed: 5, firstId, firstOrbit, ...faults }).take(count);
  return [
    cut(400, firstId - 1, firstOrbit - 400 / orbitMs),
    ...whole.map(inDetectorTime),
    cut(2800, firstId + count, firstOrbit + (count * windowMs) / orbitMs),
  ];
}

function judged(messages: readonly WindowMessage[]): RunSummary {
  const judge = new RunJudge();
  for (const message of messages) judge.take(message);
  judge.finish();
  return judge.summary();
}

describe("a run that begins and ends within a window", () => {
  it("has no alarms if its data is good", () => {
    const { alarms, verdict } = judged(run(40));
    expect(alarms).toEqual([]);
    expect(verdict).toMatchObject({ state: "good" });
  });

  it("is compared with its whole windows", () => {
    const fault = { kind: "rate", strength: 0.6 } as const;
    const { alarms } = judged(run(60, { faults: [{ fault, from: 30 }] }));
    expect(alarms.map(({ key }) => key)).toEqual(["chamber-rate whole"]);
    expect(alarms[0]!.numbers["ratio"]).toBeGreaterThan(0.5);
    expect(alarms[0]!.numbers["ratio"]).toBeLessThan(0.7);
    expect(alarms[0]!.to_ms).toBeNull();
  });
});

describe("data that begins within a window of arrival time", () => {
  it("is compared with its whole windows", () => {
    const judge = new QualityJudge();
    const fault = { kind: "rate", strength: 0.6 } as const;
    for (const message of run(60, { faults: [{ fault, from: 30 }] }).slice(0, -1)) {
      const window = { ...message.window, time: "arrival" as const };
      judge.takeWindow({ ...message, window }, window.end_ms);
    }
    const [finding] = judge.quality!.findings.filter(({ state }) => state === "bad" || state === "warning");
    expect(finding).toMatchObject({ key: "chamber-rate whole" });
  });
});

describe("data that ends within a window of arrival time", () => {
  const inArrivalTime = (message: WindowMessage): WindowMessage => ({
    ...message,
    window: { ...message.window, time: "arrival" },
  });

  it("is no lower rate of all chambers", () => {
    const judge = new QualityJudge();
    for (const message of run(30).slice(1)) judge.takeWindow(inArrivalTime(message), message.window.end_ms);
    expect(judge.quality!.findings).toEqual([]);
    expect(judge.quality!.whole.state).toBe("good");
  });

  it("is one if every window ends too early", () => {
    const judge = new QualityJudge();
    const whole = run(30).slice(1, -1);
    for (const message of whole) judge.takeWindow(inArrivalTime(message), message.window.end_ms);
    const states: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      const id = firstId + whole.length + n;
      const part = cut(2800, id, firstOrbit + ((id - firstId) * windowMs) / orbitMs);
      states.push(judge.takeWindow(inArrivalTime(part), part.window.end_ms).whole.state);
    }
    expect(states[0]).toBe("good");
    expect(states.slice(1)).toEqual(["warning", "warning", "warning"]);
  });
});
