/** More faults of a running system: the JobManager dies, and the worker is frozen for a while. */
import { expect, it } from "vitest";
import { runCli } from "../cli/run-cli.js";
import { describeWithJava } from "../services/with-java.js";
import { useKnownStream } from "./known-stream.js";
import { useStreamingSystem } from "./system.js";

const polling = { timeout: 120_000, interval: 250 };
const partitions = 2;
const frozenMs = 30_000;

describeWithJava("the pipeline on a Flink with high availability", () => {
  const system = useStreamingSystem({ partitions, flink: { highAvailability: true } });
  const known = useKnownStream(system, partitions, polling);

  it("continues after the JobManager was killed within a window", async () => {
    await known.moreWindows();
    await system.flink.jobManager.kill9();
    await system.flink.jobManager.restart();
    await known.moreWindows();
  });

  it(`continues after its worker was frozen for ${frozenMs / 1000} s`, async () => {
    const workers = [...system.pool.workers.values()];
    for (const worker of workers) worker.kill("SIGSTOP");
    const sentBefore = known.rows.production.stats().rows;
    const windowsBefore = system.watch.withRows().length;
    await expect
      .poll(() => known.rows.production.stats().rows - sentBefore, polling)
      .toBeGreaterThan(frozenMs); // at 1000 rows/s
    // A few windows in transit could still arrive, but not more.
    expect(system.watch.withRows().length).toBeLessThanOrEqual(windowsBefore + 2);
    for (const worker of workers) worker.kill("SIGCONT");
    await known.moreWindows();
  });

  it("has every row once after these faults", async () => {
    await known.expectEach();
    const servers = ["--bootstrap-servers", system.kafka.bootstrapServers];
    const { code, stdout } = await runCli(["audit", ...servers, "--settle", "0"]);
    console.info(stdout.trim());
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^every message is accounted for: /)]);
  });
});
