import { describe, expect, test } from "vitest";
import { UsageError } from "../../pipeline/model/index.js";
import { Simulator } from "../../producer/simulator/index.js";
import type { RowSource } from "../../producer/source.js";
import { rowsOf } from "./memory-sender.js";
import { CountingSource, expectInOrder, start } from "../helpers/production.js";
import { readSlowly } from "./slow-reader.js";

describe("pacing", () => {
  test.each([1, 7, 333, 1000, 5000, 40_000])(
    "a rate of %i rows/s is kept within 2 %% over 10 s",
    async (rateHz) => {
      const { clock, production } = start({ rateHz, rowsPerMessage: 1 + Math.floor(rateHz / 100) });
      await clock.advance(10_000);
      await production.stop();
      expect(Math.abs(production.stats().rows - 10 * rateHz)).toBeLessThanOrEqual(
        Math.max(1, 0.02 * 10 * rateHz),
      );
      expect(production.stats().skippedRows).toBe(0);
    },
  );

  test("the default rate is 1000 rows/s, and smooth: never more than the rows of 3 ticks in 20 ms", async () => {
    const { clock, sender } = start({ rowsPerMessage: 1 });
    let before = 0;
    for (let tick = 0; tick < 100; tick += 1) {
      await clock.advance(20);
      expect(sender.messages.length - before).toBeLessThanOrEqual(60);
      before = sender.messages.length;
    }
    expect(before).toBeGreaterThan(1900);
  });

  test("the simulator's orbits follow the clock, even with a dead FPGA and a hot wire", async () => {
    const source = new Simulator({ firstOrbit: 0 });
    const { clock, sender, production } = start({ source, rateHz: 1000 });
    await clock.advance(10_000);
    production.setFaults({ dead_fpga: 1 });
    await clock.advance(10_000);
    production.setFaults({ dead_fpga: null, hot_wire: { chamber: 0, cell: 1, rate_hz: 500 } });
    await clock.advance(10_000);
    await production.stop();
    const { words, ledger } = readSlowly(sender.bytes);
    const orbit = words.findLast(({ head }) => head === 2)!.orbit;
    expect(orbit * 89.1e-6).toBeCloseTo(30, 0);
    expect(Math.abs(ledger.rows - 30_000)).toBeLessThan(1000);
    expect(source.truth().ledger).toEqual(ledger);
  });

  test("rate and rows per message change at run time", async () => {
    const { clock, sender, production } = start({ rateHz: 1000, rowsPerMessage: 100 });
    await clock.advance(2000);
    production.setRate(4000);
    production.setRowsPerMessage(10);
    const before = production.stats().rows;
    const sent = sender.messages.length;
    await clock.advance(2000);
    expect(Math.abs(production.stats().rows - before - 8000)).toBeLessThan(200);
    expect(sender.messages.slice(sent + 1).every((message) => rowsOf(message) === 10)).toBe(true);
    expect(() => production.setRate(-1)).toThrow(UsageError);
    expect(() => production.setRowsPerMessage(5001)).toThrow(
      "rows per message must be an integer 1..5000, not 5001",
    );
    expectInOrder(sender);
  });

  test("a blocked event loop causes no burst: its rows are skipped and counted", async () => {
    const { clock, sender, production } = start({ rateHz: 1000, rowsPerMessage: 10 });
    await clock.advance(1000);
    const before = production.stats().rows;
    await clock.standStill(30_000);
    await clock.advance(20);
    expect(production.stats().rows - before).toBeLessThan(60);
    expect(Math.abs(production.stats().skippedRows - 30_000)).toBeLessThan(50);
    await clock.advance(1000);
    expect(Math.abs(production.stats().rows - before - 1000)).toBeLessThan(60);
    expectInOrder(sender);
  });

  test("a slow sender causes a backlog of at most one second", async () => {
    const { clock, sender, production } = start({ rateHz: 1000, rowsPerMessage: 10 });
    await clock.advance(1000);
    sender.gate = clock.sleep(10_000);
    await clock.advance(10_100);
    const { rows, skippedRows } = production.stats();
    expect(Math.abs(rows - 2000)).toBeLessThan(150);
    expect(Math.abs(skippedRows - 9000)).toBeLessThan(150);
    expectInOrder(sender);
  });

  test("the rate of the last seconds is in the statistics", async () => {
    const { clock, production } = start({ rateHz: 1000, rowsPerMessage: 10 });
    await clock.advance(20_500);
    expect(Math.abs(production.stats().rateHz - 1000)).toBeLessThan(30);
    production.setFaults({ silence: true });
    await clock.advance(7000);
    expect(production.stats().rateHz).toBe(0);
  });

  test("a source with short waits keeps the rate; a long wait causes no skipped rows", async () => {
    const counting = new CountingSource();
    let calls = 0;
    let answer: () => void = () => undefined;
    const source: RowSource = {
      name: "hesitant",
      next: (maxRows) => {
        calls += 1;
        if (calls === 1200) return new Promise((resolve) => (answer = () => resolve(counting.next(maxRows))));
        return calls % 3 === 0 ? Promise.resolve(counting.next(maxRows)) : counting.next(maxRows);
      },
      close: () => counting.close(),
    };
    const { clock, sender, production } = start({ source, rateHz: 40_000, rowsPerMessage: 100 });
    await clock.advance(10_000);
    const { rows } = production.stats();
    expect(Math.abs(rows - 400_000)).toBeLessThan(8000);
    while (calls < 1200) await clock.advance(100);
    await clock.advance(30_000);
    answer();
    await clock.advance(1000);
    expect(production.stats().skippedRows).toBe(0);
    expect(production.stats().rows).toBeLessThan(600_000);
    expectInOrder(sender);
  });
});
