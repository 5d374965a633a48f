/** Two TaskManagers with one worker pool: both number their workers from 1, and each keeps its own. */
import { expect, it } from "vitest";
import { describeWithJava } from "../services/with-java.js";
import { useKnownStream } from "./known-stream.js";
import { useStreamingSystem } from "./system.js";

const polling = { timeout: 90_000, interval: 250 };
const partitions = 2;

describeWithJava("two TaskManagers with one worker pool", () => {
  const flink = { taskManagers: 2, slots: 1 };
  const system = useStreamingSystem({ partitions, flink, job: { parallelism: 2 } });
  const known = useKnownStream(system, partitions, polling);
  /** The control endpoints of the running workers, which differ between the TaskManagers. */
  const runners = (): Set<string> =>
    new Set([...system.pool.workers.keys()].map((name) => name.split(" of ")[1]!));
  const killed = (): string[] => system.log.filter((line) => line.includes("SIGKILL"));

  it("have one worker each, and neither worker is killed because of the other", async () => {
    await known.moreWindows();
    expect(runners().size).toBe(2);
    expect(killed()).toEqual([]);
  });

  it("continue after one has restarted and numbers its workers from 1 again", async () => {
    const before = runners();
    const [taskManager] = system.flink.taskManagers;
    await taskManager!.kill9();
    await taskManager!.restart();
    await known.moreWindows();
    // More than two are possible if Beam has left an environment open whose start was cancelled.
    expect(runners().size).toBeGreaterThanOrEqual(2);
    expect([...runners()].some((runner) => !before.has(runner))).toBe(true);
    expect(killed()).toEqual([]);
  });

  it("have every row once after the restart", async () => {
    await known.expectEach();
  });
});
