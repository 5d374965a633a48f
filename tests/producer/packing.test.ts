import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../../pipeline/model/index.js";
import type { ProductionOptions } from "../../producer/production/index.js";
import { Simulator } from "../../producer/simulator/index.js";
import { settle } from "./manual-clock.js";
import { keyOf, rowsOf } from "./memory-sender.js";
import type { MemorySender } from "./memory-sender.js";
import {
  countUp,
  CountingSource,
  expectInOrder,
  expectSequences,
  numbersOf,
  start,
  WaitingSource,
} from "../helpers/production.js";
import { readSlowly } from "./slow-reader.js";

describe("packing", () => {
  test("messages are full, with partitions in turn, sequences without gaps, and correct keys and times", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 0, max: 1500 }),
        fc.constantFrom(0, 5000),
        async (rowsPerMessage, partitions, limit, rateHz) => {
          const source = new CountingSource();
          const { clock, sender, production } = start({
            source,
            rowsPerMessage,
            partitions,
            limit,
            rateHz,
            epoch: 7,
          });
          await clock.advance(2000);
          await production.done;
          expect(source.closed).toBe(true);
          expect(numbersOf(sender)).toEqual(countUp(limit));
          const { messages } = sender;
          messages.forEach((message, i) => {
            expect(message.partition).toBe(i % partitions);
            if (i < messages.length - 1) expect(rowsOf(message)).toBe(rowsPerMessage);
          });
          expectSequences(sender, partitions);
          expect(production.stats()).toMatchObject({
            rows: limit,
            messages: messages.length,
            bytes: messages.reduce((sum, { value }) => sum + value.length, 0),
            heartbeats: sender.heartbeats.length,
            undeliveredRows: 0,
            retries: 0,
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  test("rows wait at most 2 s for their message to fill", async () => {
    const { clock, sender } = start({ rateHz: 10, rowsPerMessage: 1000 });
    await clock.advance(10_000);
    const rows = numbersOf(sender).length;
    expect(rows).toBeGreaterThanOrEqual(78);
    expectInOrder(sender);
  });

  test("the record time is the wall-clock time at which the message is created", async () => {
    const { clock, sender } = start({ rowsPerMessage: 10 });
    await clock.advance(5000);
    const late = sender.messages.map(
      ({ timestampMs }, i) => timestampMs - clock.wallMs() + 5000 - 10 * (i + 1),
    );
    expect(Math.min(...late)).toBeGreaterThanOrEqual(-1);
    expect(Math.max(...late)).toBeLessThanOrEqual(25);
  });

  test("the default epoch is the wall-clock time of the start", async () => {
    const { clock, sender } = start();
    await settle();
    expect(keyOf(sender.records[0]!)).toEqual({
      id: "test",
      epoch: clock.wallMs(),
      partition: 0,
      sequence: 0,
    });
  });

  const wrong: [Partial<ProductionOptions>, string][] = [
    [{ id: "a:b" }, 'must not be empty or contain a colon: "a:b"'],
    [{ id: "" }, "must not be empty"],
    [{ rateHz: -5 }, "the rate must be a number of rows/s"],
    [{ rateHz: NaN }, "the rate must be a number of rows/s"],
    [{ rowsPerMessage: 0 }, "rows per message must be an integer 1..5000, not 0"],
    [{ partitions: 0 }, "partitions must be an integer"],
    [{ limit: 1.5 }, "the limit of rows must be an integer"],
    [{ epoch: -1 }, "the epoch must be an integer"],
  ];
  test.each(wrong)("refuses %j", (options, line) => {
    expect(() => start(options)).toThrow(UsageError);
    expect(() => start(options)).toThrow(line);
  });
});

describe("heartbeat", () => {
  const perPartition = (sender: MemorySender, partition: number) =>
    sender.heartbeats.filter((record) => record.partition === partition).length;

  test("are sent once per second and partition, with and without rows", async () => {
    const { clock, sender, production } = start({ partitions: 3 });
    await clock.advance(5500);
    for (const partition of [0, 1, 2]) expect(perPartition(sender, partition)).toBe(6);
    production.setFaults({ silence: true });
    await clock.advance(2000);
    const rows = production.stats().rows;
    await clock.advance(8000);
    expect(production.stats().rows).toBe(rows);
    for (const partition of [0, 1, 2]) expect(perPartition(sender, partition)).toBe(16);
    production.setFaults({ silence: false });
    await clock.advance(1000);
    expect(Math.abs(production.stats().rows - rows - 1000)).toBeLessThan(150);
    expectSequences(sender, 3);
    expectInOrder(sender);
  });

  test("stop during a stall, like everything else, and then continue without a burst", async () => {
    const { clock, sender, production } = start({ partitions: 2 });
    await clock.advance(1010);
    production.setFaults({ stall: true });
    const sent = sender.records.length;
    await clock.advance(20_000);
    expect(sender.records.length).toBe(sent);
    production.setFaults({ stall: false });
    const { rows } = production.stats();
    await clock.advance(1000);
    expect(Math.abs(production.stats().rows - rows - 1000)).toBeLessThan(150);
    expect(perPartition(sender, 0)).toBe(3);
    expect(production.stats().skippedRows).toBe(0);
    expectSequences(sender, 2);
    expectInOrder(sender);
  });

  test("continue while the source has no rows", async () => {
    const source = new WaitingSource();
    const { clock, sender, production } = start({ source, rateHz: 0, rowsPerMessage: 3 });
    await clock.advance(4500);
    expect(sender.heartbeats.length).toBe(5);
    source.answer("1\n2\n3\n");
    await settle();
    await clock.advance(0);
    expect(numbersOf(sender)).toEqual([1, 2, 3]);
    await clock.advance(1000);
    expect(sender.heartbeats.length).toBe(6);
    source.answer("4\n");
    await clock.advance(100);
    await production.stop();
    expect(numbersOf(sender)).toEqual([1, 2, 3, 4]);
  });

  test("a silent simulator keeps advancing its orbits", async () => {
    const source = new Simulator({ firstOrbit: 0 });
    const { clock, sender, production } = start({ source });
    production.setFaults({ silence: true });
    await clock.advance(60_000);
    production.setFaults({ silence: false });
    await clock.advance(2000);
    const { words } = readSlowly(sender.bytes.slice(1));
    expect(Math.min(...words.map(({ orbit }) => orbit)) * 89.1e-6).toBeGreaterThan(59);
    await production.stop();
  });
});
