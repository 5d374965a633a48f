/** Two TaskManagers at one pool of workers: both count their workers from 1, and each keeps its own. */
import { expect, it } from "vitest";
import { describeWithJava } from "../services/with-java.js";
import { useKnownStream } from "./known-stream.js";
import { useStreamingSystem } from "./system.js";

const patience = { timeout: 90_000, interval: 250 };
const partitions = 2;

describeWithJava("two TaskManagers at one pool", () => {
  const flink = { taskManagers: 2, slots: 1 };
  const system = useStreamingSystem({ partitions, flink, job: { parallelism: 2 } });
  const known = useKnownStream(system, partitions, patience);
  /** The control endpoints of the workers that run: each TaskManager has its own. */
  const runners = (): Set<string> =>
    new Set([...system.pool.workers.keys()].map((name) => name.split(" of ")[1]!));
  const killed = (): string[] => system.log.filter((line) => line.includes("SIGKILL"));

  it("have a worker each, and none is killed for the other", async () => {
    await known.moreWindows();
    expect(runners().size).toBe(2);
    expect(killed()).toEqual([]);
  });

  it("continue after one has restarted and counts from 1 again", async () => {
    const before = runners();
    const [taskManager] = system.flink.taskManagers;
    await taskManager!.kill9();
    await taskManager!.restart();
    await known.moreWindows();
    // More than two, where Beam has left an environment open whose start was cancelled.
    expect(runners().size).toBeGreaterThanOrEqual(2);
    expect([...runners()].some((runner) => !before.has(runner))).toBe(true);
    expect(killed()).toEqual([]);
  });

  it("have every row once after that", async () => {
    await known.expectEach();
  });
});
