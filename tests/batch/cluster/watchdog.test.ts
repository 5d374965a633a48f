import { describe, expect, it } from "vitest";
import { lastError } from "../../../runners/batch/cluster/cluster-run.js";
import { Watchdog } from "../../../runners/batch/cluster/cluster-run.js";

describe("the watchdog", () => {
  it("expires after its timeout without progress, and not before", () => {
    let nowMs = 1000;
    const dog = new Watchdog(500, () => nowMs);
    dog.see("a");
    nowMs = 1499;
    dog.see("a");
    expect(dog.isOver).toBe(false);
    nowMs = 1500;
    expect([dog.isOver, dog.silentSeconds]).toEqual([true, 0]);
    dog.see("b");
    expect(dog.isOver).toBe(false);
    nowMs = 4000;
    expect([dog.isOver, dog.silentSeconds]).toEqual([true, 2]);
  });

  it("counts its timeout from its start if there was never any progress", () => {
    let nowMs = 0;
    const dog = new Watchdog(100, () => nowMs);
    nowMs = 100;
    expect(dog.isOver).toBe(true);
  });
});

describe("the last error of a log", () => {
  it("is its innermost cause or last error", () => {
    const log = [
      "2026-11-21T10:00:00Z INFO all is well",
      "java.lang.RuntimeException: it failed",
      "\tat somewhere",
      "Caused by: java.io.IOException: the disk is full",
      "\tat elsewhere",
      "2026-11-21T10:00:01Z INFO continuing",
    ].join("\n");
    expect(lastError(log)).toBe("java.io.IOException: the disk is full");
    expect(lastError(`${log}\n2026-11-21T10:00:02Z ERROR org.Flink - no slots`)).toBe("org.Flink - no slots");
  });

  it("is that of a worker, if a worker has complained", () => {
    const workerError =
      "java.lang.RuntimeException: Error received from SDK harness for instruction 4: Error: no room";
    expect(lastError(`${workerError}\nCaused by: java.io.IOException: closed\n`)).toBe("Error: no room");
  });

  it("is null for a log without errors", () => {
    expect(lastError("2026-11-21T10:00:00Z INFO all is well\n")).toBeNull();
  });
});
