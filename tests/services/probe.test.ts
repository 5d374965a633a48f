import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { polling } from "../helpers/polling.js";
import { Probe, type ProbeOptions } from "../../runners/services/probe.js";

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 0, 1, 12, 0, 0) }));
afterEach(() => void vi.useRealTimers());

function probe(options: ProbeOptions): Probe {
  const made = new Probe(options);
  onTestFinished(() => made.close());
  return made;
}

describe("a probe", () => {
  it("has no problem while the service answers", async () => {
    const one = probe({ ask: () => Promise.resolve(null) });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(one.problem).toBeNull();
  });

  it("shows the problem that a service reports since the last good answer, until the next good answer", async () => {
    let answer: string | null = null;
    const one = probe({ ask: () => Promise.resolve(answer) });
    await vi.advanceTimersByTimeAsync(10_000);
    answer = "has had no slots";
    await vi.advanceTimersByTimeAsync(4000);
    expect(one.problem).toBeNull();
    await vi.advanceTimersByTimeAsync(4000);
    expect(one.problem).toBe("has had no slots since 12:00:10 UTC");
    answer = null;
    await vi.advanceTimersByTimeAsync(1000);
    expect(one.problem).toBeNull();
  });

  it("treats an error as a missing answer", async () => {
    const one = probe({ ask: () => Promise.reject(new Error("ECONNREFUSED")) });
    await vi.advanceTimersByTimeAsync(6000);
    expect(one.problem).toBe("has not answered since 12:00:00 UTC");
  });

  it("reports a service that hangs, and never sends a second request before the first has ended", async () => {
    let [open, most] = [0, 0];
    let answer: (value: null) => void = () => undefined;
    const ask = (): Promise<null> => {
      most = Math.max(most, (open += 1));
      return new Promise((resolve) => (answer = resolve));
    };
    const one = probe({ ask });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(one.problem).toBe("has not answered since 12:00:00 UTC");
    expect([open, most]).toEqual([1, 1]);
    answer(null);
    await vi.advanceTimersByTimeAsync(1000);
    answer(null);
    await vi.advanceTimersByTimeAsync(0);
    expect([one.problem, open]).toEqual([null, 2]);
  });

  it("does not blame the service for a pause of its own process", async () => {
    let answer: (value: null) => void = () => undefined;
    const one = probe({ ask: () => new Promise((resolve) => (answer = resolve)) });
    await vi.advanceTimersByTimeAsync(1000);
    // Frozen for a minute, during which no timer fires.
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + 60_000);
    expect(one.problem).toBeNull();
    vi.restoreAllMocks();
    answer(null);
    await vi.advanceTimersByTimeAsync(0);
    expect(one.problem).toBeNull();
  });

  it("reports a service that does not answer after a pause of its own process", async () => {
    const one = probe({ ask: () => new Promise(() => undefined) });
    const now = performance.now.bind(performance);
    await vi.advanceTimersByTimeAsync(1000);
    vi.spyOn(performance, "now").mockImplementation(() => now() + 60_000);
    await vi.advanceTimersByTimeAsync(2000);
    expect(one.problem).toBeNull();
    await vi.advanceTimersByTimeAsync(3000);
    expect(one.problem).toBe("has not answered since 12:00:00 UTC");
    vi.restoreAllMocks();
  });

  it("aborts a request at its deadline and sends another", async () => {
    vi.useRealTimers();
    const asked = vi.fn(
      (signal: AbortSignal) =>
        new Promise<null>((_, reject) =>
          signal.addEventListener("abort", () => reject(new Error("aborted"))),
        ),
    );
    probe({ ask: asked, everyMs: 1, withinMs: 10 });
    await vi.waitFor(() => expect(asked.mock.calls.length).toBeGreaterThan(2), polling);
  });

  it("sends no requests after it is closed", async () => {
    const asked = vi.fn(() => Promise.resolve(null));
    const one = probe({ ask: asked });
    await vi.advanceTimersByTimeAsync(3000);
    const before = asked.mock.calls.length;
    one.close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked.mock.calls.length).toBe(before);
  });
});
