/** A stream of known rows into a test's system from its start on, and the check of the result at the end. */
import { beforeAll, expect } from "vitest";
import { closeWindows, produceKnownRows, type KnownRows } from "./rows.js";
import type { StreamingSystem } from "./system.js";

interface Polling {
  timeout: number;
  interval: number;
}

class KnownStream {
  rows!: KnownRows;

  constructor(
    private readonly system: StreamingSystem,
    private readonly partitions: number,
    private readonly polling: Polling,
  ) {}

  start(): void {
    this.rows = produceKnownRows(this.system.kafka.bootstrapServers, this.partitions);
  }

  /** Waits for more than this number of new windows with rows. */
  async moreWindows(than = 3): Promise<void> {
    const { watch } = this.system;
    const before = watch.withRows().length;
    await expect.poll(() => watch.withRows().length, this.polling).toBeGreaterThan(before + than);
  }

  /** Ends the stream, and checks that each row is in the windows once. */
  async expectEach(): Promise<void> {
    const { watch } = this.system;
    await this.rows.production.stop();
    await closeWindows(this.rows.sender, this.partitions);
    const truth = this.rows.simulator.truth().ledger;
    await expect.poll(() => watch.total().rows, this.polling).toBe(truth.rows);
    expect(watch.total()).toMatchObject(truth);
  }
}

/** Starts the stream before the tests of a block, after the start of its system. */
export function useKnownStream(system: StreamingSystem, partitions: number, polling: Polling): KnownStream {
  const known = new KnownStream(system, partitions, polling);
  beforeAll(() => {
    known.start();
    return () => known.rows.sender.close();
  });
  return known;
}
