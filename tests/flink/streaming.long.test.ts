/** The pipeline on a real Kafka and a real Flink: every row of a known answer arrives, exactly once per window. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createLedger, mergeLedger, type Ledger, type WindowMessage } from "../../pipeline/model/index.js";
import { Simulator, startProduction, type Production } from "../../producer/index.js";
import { describeWithJava, temporaryState } from "../parts/with-java.js";
import { validateMessage } from "../reference/validate-message.js";
import { kafkaSender, startStreaming, watchWindows, type StreamingSystem } from "./system.js";

const patience = { timeout: 90_000, interval: 250 };

describeWithJava("the pipeline on Flink", () => {
  const stateFolder = temporaryState();
  let system: StreamingSystem;
  let watched: Awaited<ReturnType<typeof watchWindows>>;
  let simulator: Simulator;
  let production: Production;

  beforeAll(async () => {
    system = await startStreaming(stateFolder, 2);
    watched = await watchWindows(system.kafka.bootstrapServers);
    simulator = new Simulator({ seed: 3, rateHz: 1000 });
    const sender = await kafkaSender(system.kafka.bootstrapServers);
    production = startProduction({
      source: simulator,
      sender,
      id: "sim",
      partitions: 2,
      rateHz: 1000,
      rowsPerMessage: 10,
    });
  }, 300_000);

  afterAll(async () => {
    await production.stop();
    await watched.consumer.disconnect();
    await system.stop();
  }, 120_000);

  const windowsWithRows = (): WindowMessage[] =>
    [...watched.newest.values()].filter(({ ledger }) => ledger.rows > 0);

  it("gives valid messages, soon after their windows' ends", async () => {
    await expect.poll(() => windowsWithRows().length, patience).toBeGreaterThanOrEqual(5);
    for (const message of watched.seen) expect(validateMessage(message)).toEqual([]);
    const delays = windowsWithRows().map(({ emitted_ms, window }) => emitted_ms - window.end_ms);
    console.info(`delays after the windows' ends: ${delays.sort((a, b) => a - b).join(", ")} ms`);
  });

  it("has every row once, after the worker was killed in mid window", async () => {
    for (const child of system.pool.workers.values()) child.kill("SIGKILL");
    const before = windowsWithRows().length;
    await expect.poll(() => windowsWithRows().length, patience).toBeGreaterThan(before + 3);
    await production.stop();
    const sum = (): Ledger => {
      const total = createLedger();
      for (const { ledger } of watched.newest.values()) mergeLedger(total, ledger);
      return total;
    };
    // The last windows close when a later record moves the watermark; heartbeats have ended with the production.
    const sender = await kafkaSender(system.kafka.bootstrapServers);
    for (const partition of [0, 1]) {
      await sender.send([
        { key: null, value: new Uint8Array(0), timestampMs: Date.now() + 10_000, partition },
      ]);
    }
    await expect.poll(() => sum().rows, patience).toBe(simulator.truth().ledger.rows);
    expect(sum()).toMatchObject(simulator.truth().ledger);
    await sender.close();
  });
});
