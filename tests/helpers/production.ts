/** A production with a clock, a sender and sources controlled by the test. */
import { expect } from "vitest";
import { startProduction } from "../../producer/production/index.js";
import type { Production, ProductionOptions } from "../../producer/production/index.js";
import type { RowBlock, RowSource } from "../../producer/source.js";
import { ManualClock } from "../producer/manual-clock.js";
import { keyOf, MemorySender } from "../producer/memory-sender.js";
import { linesOf } from "../producer/slow-reader.js";

interface Bench {
  clock: ManualClock;
  sender: MemorySender;
  source: RowSource;
  production: Production;
}

export function start(options: Partial<ProductionOptions> = {}): Bench {
  const clock = new ManualClock();
  const sender = new MemorySender();
  const source = options.source ?? new CountingSource();
  const production = startProduction({ id: "test", clock, sender, ...options, source });
  return { clock, sender, source, production };
}

/** Source of the rows 0, 1, 2, ..., which shows lost, duplicate and misplaced rows. */
export class CountingSource implements RowSource {
  readonly name = "counting";
  closed = false;
  private given = 0;

  constructor(private readonly end = Infinity) {}

  next(maxRows: number): RowBlock | null {
    const rows = Math.min(maxRows, this.end - this.given);
    if (rows === 0) return null;
    const lines = Array.from({ length: rows }, (_, i) => `${this.given + i}\n`);
    this.given += rows;
    return { bytes: Buffer.from(lines.join("")), rows, spent: rows };
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

/** Source of the rows that the test passes to `answer`. */
export class WaitingSource implements RowSource {
  readonly name = "waiting";
  private settle: ((block: RowBlock | null) => void) | null = null;

  next(): Promise<RowBlock | null> {
    return new Promise((resolve) => (this.settle = resolve));
  }

  answer(text: string | null): void {
    const rows = text === null ? 0 : text.split("\n").length - 1;
    this.settle?.(text === null ? null : { bytes: Buffer.from(text), rows, spent: rows });
  }

  close(): Promise<void> {
    this.answer(null);
    return Promise.resolve();
  }
}

export const numbersOf = (sender: MemorySender) => linesOf(sender.bytes).map(Number);
export const countUp = (rows: number) => Array.from({ length: rows }, (_, i) => i);
/** Rows sent, in row order, which round-robin partitions preserve. */
export const expectInOrder = (sender: MemorySender) => {
  const numbers = numbersOf(sender);
  expect(numbers).toEqual(countUp(numbers.length));
};

/** Checks that in every partition the sequence numbers of first sends are 0, 1, 2, ... in this order. */
export function expectSequences(sender: MemorySender, partitions: number): void {
  const next = new Array<number>(partitions).fill(0);
  for (const record of sender.records) {
    const { partition, sequence } = keyOf(record);
    expect(partition).toBe(record.partition);
    expect(sequence).toBe(next[partition]);
    next[partition] = sequence + 1;
  }
}
