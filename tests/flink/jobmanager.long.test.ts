/** What else can happen to a running system: the JobManager dies, the worker is frozen for a while. */
import { beforeAll, expect, it } from "vitest";
import { runCli } from "../cli/run-cli.js";
import { describeWithJava } from "../parts/with-java.js";
import { closeWindows, produceKnownRows, type KnownRows } from "./rows.js";
import { useStreamingSystem } from "./system.js";

const patience = { timeout: 120_000, interval: 250 };
const partitions = 2;
const frozenMs = 30_000;

describeWithJava("the pipeline on a Flink with high availability", () => {
  const system = useStreamingSystem({ partitions, flink: { highAvailability: true } });
  let known: KnownRows;
  beforeAll(() => {
    known = produceKnownRows(system.kafka.bootstrapServers, partitions);
    return () => known.sender.close();
  });

  const moreWindows = async (): Promise<void> => {
    const before = system.watch.withRows().length;
    await expect.poll(() => system.watch.withRows().length, patience).toBeGreaterThan(before + 3);
  };

  it("goes on after the JobManager was killed in mid window", async () => {
    await moreWindows();
    await system.flink.jobManager.kill9();
    await system.flink.jobManager.restart();
    await moreWindows();
  });

  it(`goes on after its worker was frozen for ${frozenMs / 1000} s`, async () => {
    const workers = [...system.pool.workers.values()];
    for (const worker of workers) worker.kill("SIGSTOP");
    const sentBefore = known.production.stats().rows;
    const windowsBefore = system.watch.withRows().length;
    await expect.poll(() => known.production.stats().rows - sentBefore, patience).toBeGreaterThan(frozenMs); // at 1000 rows/s
    // What was on its way came still; nothing of the many windows since.
    expect(system.watch.withRows().length).toBeLessThanOrEqual(windowsBefore + 2);
    for (const worker of workers) worker.kill("SIGCONT");
    await moreWindows();
  });

  it("has every row once after all that", async () => {
    await known.production.stop();
    await closeWindows(known.sender, partitions);
    const truth = known.simulator.truth().ledger;
    await expect.poll(() => system.watch.total().rows, patience).toBe(truth.rows);
    expect(system.watch.total()).toMatchObject(truth);
    const servers = ["--bootstrap-servers", system.kafka.bootstrapServers];
    const { code, stdout } = await runCli(["audit", ...servers, "--settle", "0"]);
    console.info(stdout.trim());
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^every message is accounted for: /)]);
  });
});
