import { describe, expect, test } from "vitest";
import { UsageError } from "../../pipeline/model/index.js";
import { Simulator } from "../../producer/simulator/index.js";
import { rowsOf } from "./memory-sender.js";
import { expectInOrder, numbersOf, start } from "../helpers/production.js";
import { readSlowly } from "./slow-reader.js";

describe("faults of the data path", () => {
  test("late_data: a fraction of the messages is dated in the past, until the fault ends", async () => {
    const { clock, sender, production } = start({ rowsPerMessage: 10, rateHz: 2000 });
    production.setFaults({ late_data: { fraction: 0.25, delay_ms: 30_000 } });
    await clock.advance(5000);
    production.setFaults({ late_data: null });
    const { messages } = sender;
    const late = messages.filter(
      ({ timestampMs }, i) => timestampMs < (messages[i - 1]?.timestampMs ?? 0) - 20_000,
    );
    const { lateMessages } = production.stats();
    expect(lateMessages / messages.length).toBeCloseTo(0.25, 1);
    expect(late.length).toBeGreaterThan(0.5 * lateMessages);
    expect(sender.heartbeats.every(({ timestampMs }) => timestampMs >= clock.wallMs() - 5001)).toBe(true);
    await clock.advance(5000);
    expect(production.stats().lateMessages).toBe(lateMessages);
    expectInOrder(sender);
  });

  test("duplicates: records are sent twice and counted, until the fault ends", async () => {
    const { clock, sender, production } = start({ rowsPerMessage: 10, rateHz: 2000 });
    production.setFaults({ duplicates: 0.3 });
    await clock.advance(5000);
    production.setFaults({ duplicates: 0 });
    await clock.advance(5000);
    await production.stop();
    const seen = new Set<string>();
    const repeated = sender.messages.filter(({ key }) => {
      const text = new TextDecoder().decode(key!);
      return seen.has(text) || !seen.add(text);
    });
    const { duplicateMessages, duplicateRows, messages, rows } = production.stats();
    expect(repeated.length).toBe(duplicateMessages);
    expect(repeated.reduce((sum, message) => sum + rowsOf(message), 0)).toBe(duplicateRows);
    expect(duplicateMessages / (messages / 2)).toBeCloseTo(0.3, 1);
    expect(sender.messages.length).toBe(messages + duplicateMessages);
    expect(numbersOf(sender).length).toBe(rows + duplicateRows);
    sender.records.forEach((record, i) => {
      const previous = sender.records[i - 1];
      if (previous?.key === record.key) expect(record).toEqual(previous);
    });
  });

  test("sources other than the simulator have no detector faults", () => {
    const { production } = start();
    const attempt = () => production.setFaults({ dead_fpga: 0 });
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow("dead_fpga: only possible with the simulator as source");
    expect(production.setFaults({ stall: true }).stall).toBe(true);
    expect(production.faults.stall).toBe(true);
  });

  test("the simulator's faults are switched through the production", async () => {
    const source = new Simulator();
    const { clock, sender, production } = start({ source, rateHz: 5000 });
    production.setFaults({ garbage: 0.5 });
    await clock.advance(4000);
    await production.stop();
    const { ledger } = readSlowly(sender.bytes);
    expect(ledger.malformed / ledger.rows).toBeCloseTo(0.5, 1);
    expect(production.faults).toEqual(source.faults);
    expect(source.truth().ledger).toEqual(ledger);
  });
});
