/** Health of a TaskManager, judged by its supervisor from the JobManager's list. */
import { describe, expect, it } from "vitest";
import { troubleOf } from "../../runners/services/flink.js";
import type { FlinkTaskManager } from "../../runners/services/readiness.js";

const id = "taskmanager-node-1";
const registered = (agoMs: number): FlinkTaskManager[] => [
  { id, timeSinceLastHeartbeat: Date.now() - agoMs, slotsNumber: 1 },
];

describe("a TaskManager", () => {
  it.each([true, false])(
    "a TaskManager is healthy while its heartbeats arrive (JobManager on this machine: %s)",
    (here) => {
      expect(troubleOf(id, registered(0), { isJobManagerHere: here })).toBeNull();
      expect(troubleOf(id, registered(60_000), { isJobManagerHere: here })).toBe("has not answered");
      expect(troubleOf(id, [], { isJobManagerHere: here })).toMatch(/not been registered/);
    },
  );

  it("a TaskManager is not restarted because a JobManager on another machine does not answer", () => {
    expect(troubleOf(id, null, { isJobManagerHere: false })).toBeNull();
    expect(troubleOf(id, null, { isJobManagerHere: true })).toMatch(/not been registered/);
  });
});
