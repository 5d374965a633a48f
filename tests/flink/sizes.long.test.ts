/** Bundles from 0.5 to 20 MB, a window with one chamber only, and 20 000 rows/s, with known answers. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { cellsPerChamber, createLedger, mergeLedger, type Ledger } from "../../pipeline/model/index.js";
import type { RecordSender } from "../../producer/index.js";
import { describeWithJava } from "../services/with-java.js";
import { closeWindows, kafkaSender, produceKnownRows } from "./rows.js";
import { streamingConfig, useStreamingSystem } from "./system.js";

const polling = { timeout: 120_000, interval: 250 };
const messagesPerBundle = 200;
/** Approximate size of a simulated row, bytes. */
const bytesPerRow = 25;

describeWithJava("the pipeline on Flink", () => {
  // Bundles end after a number of messages, not after a time.
  const job = { maxBundleSize: messagesPerBundle, maxBundleTimeMs: 2000, checkpointIntervalMs: 10_000 };
  const system = useStreamingSystem({ partitions: 1, job });
  const truth = createLedger();
  let sender: RecordSender;
  beforeAll(() => {
    sender = kafkaSender(system.kafka.bootstrapServers);
  });
  afterAll(() => sender.close());

  /** Adds rows to the expected total, and waits until they are in the windows. */
  const expectAlso = async (more: Ledger): Promise<void> => {
    mergeLedger(truth, more);
    await closeWindows(sender, 1, Date.now() + 2 * streamingConfig.windowMs);
    await expect.poll(() => system.watch.total().rows, polling).toBe(truth.rows);
    expect(system.watch.total()).toMatchObject(truth);
  };

  it.each([0.5, 2, 20])("processes bundles of %s MB", async (megabytes) => {
    const rowsPerMessage = Math.round((megabytes * 1e6) / messagesPerBundle / bytesPerRow);
    const limit = 3 * messagesPerBundle * rowsPerMessage;
    const id = `bundles-${megabytes}`;
    const known = produceKnownRows(system.kafka.bootstrapServers, 1, {
      ...{ id, rateHz: 0, rowsPerMessage, limit },
    });
    await known.production.done;
    await known.sender.close();
    const { bytes, messages } = known.production.stats();
    console.info(`${((bytes / messages) * messagesPerBundle) / 1e6} MB in ${messagesPerBundle} messages`);
    expect(((bytes / messages) * messagesPerBundle) / 1e6).toBeGreaterThan(megabytes / 2);
    await expectAlso(known.simulator.truth().ledger);
  });

  it("processes 100 000 rows of one chamber in one window", async () => {
    const timestampMs = Date.now() + 3 * streamingConfig.windowMs;
    const orbits = 10_000;
    const rowsOf = (orbit: number): string[] =>
      Array.from({ length: 10 }, (_, i) => `2,0,${(orbit + i) % cellsPerChamber},${orbit},${i},3`);
    const lines = Array.from({ length: orbits }, (_, orbit) => rowsOf(3_387_000_000 + orbit)).flat();
    const values = Array.from({ length: 20 }, (_, i) => lines.slice(i * 5000, (i + 1) * 5000).join("\n"));
    await sender.send(
      values.map((value) => ({ key: null, value: Buffer.from(value), timestampMs, partition: 0 })),
    );
    const window = Math.floor(timestampMs / streamingConfig.windowMs);
    await closeWindows(sender, 1, timestampMs + 2 * streamingConfig.windowMs);
    await expect
      .poll(() => system.watch.newest.get(window)?.hit_count_chamber, polling)
      .toEqual([100_000, 0, 0, 0]);
    const message = system.watch.newest.get(window)!;
    const active = message.active_tdc_chamber["0"];
    expect(active.orbits_per_bin).toBe(8);
    expect(active.hist_counts.reduce((sum, count) => sum + count, 0)).toBe(100_000);
    expect(message.active_tdc_multiplicity_chamber["0"][10]).toBe(orbits);
    truth.rows += 100_000;
    truth.hits += 100_000;
  });

  it("holds 20 000 rows/s", async () => {
    const known = produceKnownRows(system.kafka.bootstrapServers, 1, {
      ...{ id: "fast", rateHz: 20_000, rowsPerMessage: 20, limit: 200_000 },
    });
    await known.production.done;
    await known.sender.close();
    await expectAlso(known.simulator.truth().ledger);
  });
});
