/** "Surprise me": a fault that no viewer sees until it is revealed, with the time that finding it took. */
import { describe, expect, it, vi } from "vitest";
import { HiddenFault } from "../../dashboard/bridge/hidden-fault.js";
import {
  checkFaultChange,
  defaultDetector,
  faultWords,
  noFaults,
  type Alarm,
  type AnyDetectorFault,
  type Faults,
  type SystemStatus,
} from "../../pipeline/model/index.js";
import { Random } from "../../producer/random.js";
import { Simulator } from "../../producer/simulator/index.js";
import { connected, makeStatus, next, send, startBridge } from "../dashboard/support.js";
import { polling } from "../helpers/polling.js";

function rounds(seed: number, alarms: Alarm[] = []) {
  const random = new Random(seed);
  const state = { faults: noFaults };
  const setFaults = vi.fn((change: Partial<Faults>) =>
    Promise.resolve((state.faults = { ...state.faults, ...change })),
  );
  const hidden = new HiddenFault({
    practice: { setFaults },
    detector: defaultDetector,
    alarms: () => alarms,
    uniform: () => random.uniform(),
  });
  return { hidden, state, setFaults };
}

const alarm = (raisedMs: number): Alarm => ({
  id: String(raisedMs),
  finding: {
    key: "dead-layer",
    rule: "dead-layer",
    scope: { kind: "stream" },
    state: "bad",
    reason: `at ${raisedMs}`,
    what_to_do: "",
    since_ms: raisedMs,
    window_id: null,
    numbers: {},
    cause: null,
  },
  raised_ms: raisedMs,
  cleared_ms: null,
  acknowledged: null,
  demo: true,
});

describe("a round", () => {
  it("switches on a hidden fault, switches all others off, and lasts until it is revealed", async () => {
    const { hidden, state, setFaults } = rounds(3);
    state.faults = { ...noFaults, garbage: 0.1 };
    await hidden.begin();
    expect(setFaults.mock.lastCall).toEqual([
      { ...noFaults, detector: state.faults.detector },
      { hidden: true },
    ]);
    expect(state.faults.detector).toHaveLength(1);
    checkFaultChange(state.faults, defaultDetector);
    const status = makeStatus({ faults: state.faults });
    expect(hidden.mask(status).faults).toEqual(noFaults);
    expect(hidden.isRunning).toBe(true);
    const revealed = hidden.reveal()!;
    const [{ from_s, ...fault }] = state.faults.detector as [AnyDetectorFault];
    expect(revealed.fault).toEqual(fault);
    expect(revealed.words).toBe(faultWords(revealed.fault!));
    expect(from_s).toBeLessThan(20);
    expect(hidden.mask(status)).toBe(status);
    expect(hidden.reveal()).toBeNull();
  });

  it("names the first alarm after the start of the fault, not an earlier one", async () => {
    const before = vi.spyOn(Date, "now").mockReturnValue(1_000_000);
    const alarms = [alarm(999_999), alarm(1_050_000), alarm(1_030_000)];
    const { hidden } = rounds(3, alarms);
    await hidden.begin();
    before.mockReturnValue(1_090_000);
    const revealed = hidden.reveal()!;
    before.mockRestore();
    expect(revealed.alarm).toEqual({ rule: "dead-layer", reason: "at 1030000", raised_ms: 1_030_000 });
    expect(revealed.revealed_ms - revealed.begun_ms).toBeGreaterThan(70_000);
  });

  it.each([
    ["that had cleared", true],
    ["that was still active from the round before", false],
  ])("names an alarm that comes back, %s, not one that was active all the time", async (_, isCleared) => {
    const clock = vi.spyOn(Date, "now").mockReturnValue(1_000_000);
    const earlier = alarm(970_000);
    const alarms = [alarm(960_000), isCleared ? { ...earlier, cleared_ms: 990_000 } : earlier];
    const { hidden } = rounds(3, alarms);
    await hidden.begin();
    const again = { ...earlier.finding, reason: "again" };
    alarms[1] = { ...earlier, finding: again, reopened_ms: 1_040_000 };
    clock.mockReturnValue(1_090_000);
    const revealed = hidden.reveal()!;
    clock.mockRestore();
    expect(revealed.alarm).toEqual({ rule: "dead-layer", reason: "again", raised_ms: 1_040_000 });
  });

  it("names the first time of an alarm that comes and goes", async () => {
    const clock = vi.spyOn(Date, "now").mockReturnValue(1_000_000);
    const { finding } = alarm(1_030_000);
    const earlier = [{ from_ms: 1_030_000, to_ms: 1_035_000, finding }];
    const again = { ...finding, reason: "again" };
    const returned = { ...alarm(1_030_000), finding: again, earlier, reopened_ms: 1_060_000 };
    const { hidden } = rounds(3, [returned, alarm(1_050_000)]);
    await hidden.begin();
    clock.mockReturnValue(1_090_000);
    const revealed = hidden.reveal()!;
    clock.mockRestore();
    expect(revealed.alarm).toEqual({ rule: "dead-layer", reason: "at 1030000", raised_ms: 1_030_000 });
  });

  it("is sometimes without a fault", async () => {
    const { hidden, state } = rounds(1);
    const kinds: (string | undefined)[] = [];
    for (let round = 0; round < 60; round += 1) {
      await hidden.begin();
      kinds.push(state.faults.detector[0]?.kind);
      if (kinds.at(-1) === undefined)
        expect(hidden.reveal()).toMatchObject({ fault: null, words: "No fault" });
    }
    expect(kinds.filter((kind) => kind === undefined).length).toBeGreaterThan(2);
    expect(new Set(kinds).size).toBeGreaterThan(20);
  });
});

describe("viewers", () => {
  it("see that a round is active but not its fault, and may not switch faults meanwhile", async () => {
    const simulator = new Simulator();
    const setFaults = (change: Partial<Faults>) => Promise.resolve(simulator.setFaults(change));
    const { bridge, source } = await startBridge({ practice: { setFaults } });
    const { viewer } = await connected(bridge);
    const begun = await send(viewer, "surprise");
    expect(begun).toMatchObject({ ok: true, value: { since_ms: expect.any(Number) } });
    source.sink.status(makeStatus({ faults: simulator.faults }));
    let status: SystemStatus | null = null;
    await vi.waitFor(async () => {
      status = await next(viewer, "status");
      expect(status.hidden_fault).toBeDefined();
    }, polling);
    expect(status!.faults).toEqual(noFaults);
    expect(await send(viewer, "faults", { garbage: 0.1 })).toEqual({
      ok: false,
      error: "a hidden fault is running: reveal it first",
    });
    const revealed = await fetch(new URL("/api/v1/practice/reveal", bridge.url), { method: "POST" });
    expect(await revealed.json()).toMatchObject({ words: expect.any(String), alarm: null });
    expect(await send(viewer, "reveal")).toEqual({ ok: false, error: "no hidden fault is running" });
    expect(await send(viewer, "faults", noFaults)).toMatchObject({ ok: true, value: noFaults });
  });

  it("cannot start a round in a system without a simulator", async () => {
    const { viewer } = await connected((await startBridge()).bridge);
    expect(await send(viewer, "surprise")).toEqual({
      ok: false,
      error: "only the simulator's faults can be switched",
    });
  });
});

it("bridge and simulator refuse the same changes with the same message", async () => {
  const simulator = new Simulator();
  const setFaults = (change: Partial<Faults>) => Promise.resolve(simulator.setFaults(change));
  const { viewer } = await connected((await startBridge({ practice: { setFaults } })).bridge);
  const changes: unknown[] = [
    { hot_wire: { chamber: 0, cell: 1, rate_hz: 10_001 } },
    { dead_fpga: 7 },
    { detector: [{ kind: "hot_cell", chamber: 0, cell: 1, strength: 10_001 }] },
    { detector: [{ kind: "bx_offset", fpga: 7 }] },
    { detector: Array.from({ length: 17 }, () => ({ kind: "no_words" })) },
    { detector: {} },
  ];
  for (const change of changes) {
    let words = "";
    try {
      simulator.setFaults(change as Partial<Faults>);
    } catch (error) {
      words = (error as Error).message;
    }
    expect(words).not.toBe("");
    expect(await send(viewer, "faults", change)).toEqual({ ok: false, error: words });
  }
});
