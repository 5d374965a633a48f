import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UnavailableError } from "../../pipeline/model/index.js";
import { startProduction } from "../../producer/production/index.js";
import { createFileSource } from "../helpers/file-source.js";
import { Simulator } from "../../producer/simulator/index.js";
import type { RowSource } from "../../producer/source.js";
import { MemorySender } from "./memory-sender.js";
import { countUp, CountingSource, expectSequences, numbersOf, start } from "../helpers/production.js";
import { linesOf, readSlowly } from "./slow-reader.js";

describe("sender", () => {
  test("at most one send is in flight, and at most one more batch is prepared meanwhile", async () => {
    let given = 0;
    const counting = new CountingSource();
    const source: RowSource = {
      name: "counted",
      next: (maxRows) => {
        const block = counting.next(maxRows);
        given += block?.rows ?? 0;
        return block;
      },
      close: () => counting.close(),
    };
    const { clock, sender, production } = start({ source, rateHz: 0, limit: 500_000, rowsPerMessage: 5000 });
    let open: () => void = () => undefined;
    sender.gate = new Promise<void>((resolve) => (open = resolve));
    await clock.advance(60_000);
    expect(sender.sends).toBe(1);
    expect(sender.inFlight).toBe(1);
    expect(given).toBeLessThanOrEqual(200_000);
    open();
    await clock.advance(1000);
    await production.done;
    expect(sender.mostInFlight).toBe(1);
    expect(numbersOf(sender)).toEqual(countUp(500_000));
  });

  test("sends are retried after retriable errors, without loss, duplicates or change of order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 12 }),
        fc.constantFrom(0, 1000),
        async (fails, rateHz) => {
          const { clock, sender, production } = start({
            rateHz,
            limit: 3000,
            rowsPerMessage: 50,
            partitions: 2,
          });
          sender.failures = fails.map((failed) => (failed ? new UnavailableError("broker away") : null));
          const failures = sender.failures.filter((failure) => failure !== null).length;
          await clock.advance(120_000);
          await production.done;
          expect(numbersOf(sender)).toEqual(countUp(3000));
          expect(production.stats().retries).toBeLessThanOrEqual(failures);
          expect(sender.mostInFlight).toBe(1);
          expectSequences(sender, 2);
        },
      ),
      { numRuns: 30 },
    );
  });

  test("retries start after 0.1 s, with growing pauses up to 5 s", async () => {
    const { clock, sender, production } = start();
    await clock.advance(10);
    sender.failures = Array.from({ length: 100 }, () => new UnavailableError("broker away"));
    const times: number[] = [];
    for (let tick = 0; tick < 3000; tick += 1) {
      const { retries } = production.stats();
      await clock.advance(10);
      if (production.stats().retries > retries) times.push(clock.nowMs);
    }
    const pauses = times.slice(1).map((ms, i) => ms - times[i]!);
    expect(pauses.slice(0, 8)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  test("each reason why records are not accepted is reported once, and also when they are accepted again", async () => {
    const reported: (string | null)[] = [];
    const { clock, sender } = start({ onTrouble: (reason) => reported.push(reason) });
    await clock.advance(1000);
    expect(reported).toEqual([]);
    const [away, gone] = [new UnavailableError("broker away"), new UnavailableError("topic gone")];
    sender.failures = [away, away, gone, gone, away, null, null, away, null];
    await clock.advance(120_000);
    expect(reported).toEqual(["broker away", "topic gone", "broker away", null, "broker away", null]);
  });

  test("other errors end the production, and records not accepted are reported", async () => {
    const source = new CountingSource();
    const { clock, sender, production } = start({ source, rateHz: 1000, rowsPerMessage: 30 });
    await clock.advance(1000);
    sender.failures = [new Error("disk full")];
    const accepted = sender.messages.length;
    await clock.advance(1000);
    await expect(production.done).rejects.toThrow("disk full");
    expect(sender.messages.length).toBe(accepted);
    expect(production.stats().undeliveredRows).toBeGreaterThan(0);
    expect(source.closed).toBe(true);
    await production.stop();
  });
});

describe("end", () => {
  test("stop sends the rows already read", async () => {
    const source = new Simulator();
    const { clock, sender, production } = start({ source, rowsPerMessage: 700 });
    await clock.advance(1500);
    expect(production.stats().rows).toBe(1400);
    await production.stop();
    await production.done;
    expect(production.stats().rows).toBeGreaterThan(1450);
    expect(readSlowly(sender.bytes).ledger).toEqual(source.truth().ledger);
    const sent = sender.records.length;
    await clock.advance(10_000);
    expect(sender.records.length).toBe(sent);
  });

  test("stop waits 3 s for a sender that accepts nothing, then reports the rows", async () => {
    for (const stuck of ["hangs", "fails"]) {
      const source = new Simulator();
      const { clock, sender, production } = start({ source, rowsPerMessage: 10 });
      await clock.advance(1000);
      if (stuck === "hangs") sender.gate = new Promise(() => undefined);
      else sender.failures = Array.from({ length: 1000 }, () => new UnavailableError("broker away"));
      await clock.advance(1000);
      let stopped = false;
      const stopping = production.stop().then(() => (stopped = true));
      await clock.advance(2900);
      expect(stopped).toBe(false);
      await clock.advance(200);
      await stopping;
      const reason = stuck === "fails" ? ": broker away" : "";
      await expect(production.done).rejects.toThrow(
        new RegExp(`^the records were not accepted in time${reason}$`),
      );
      const { rows, undeliveredRows } = production.stats();
      expect(rows + undeliveredRows).toBe(source.truth().ledger.rows);
      expect(undeliveredRows).toBeGreaterThan(0);
    }
  });

  test("a source that ends ends the production", async () => {
    const { clock, sender, production } = start({ source: new CountingSource(1234), rateHz: 0 });
    await clock.advance(10);
    await production.done;
    expect(numbersOf(sender)).toEqual(countUp(1234));
  });

  test("a failed source: its earlier rows are sent, then done rejects", async () => {
    const source = new CountingSource(25);
    const failing: RowSource = {
      name: "failing",
      next: (maxRows) => source.next(maxRows) ?? Promise.reject(new Error("read error")),
      close: () => source.close(),
    };
    const { clock, sender, production } = start({ source: failing, rateHz: 0, rowsPerMessage: 10 });
    await clock.advance(100);
    await expect(production.done).rejects.toThrow("read error");
    expect(numbersOf(sender)).toEqual(countUp(25));
  });

  const realPath = fileURLToPath(new URL("../golden/examples/few-rows.txt", import.meta.url));

  test("measured rows are sent, once and in a loop, with the system clock", async () => {
    const sender = new MemorySender();
    await startProduction({ id: "a", sender, rateHz: 0, source: createFileSource({ paths: [realPath] }) })
      .done;
    expect(readSlowly(sender.bytes).ledger).toMatchObject({ rows: 74, malformed: 0, unmapped: 1 });
    const looped = new MemorySender();
    const source = createFileSource({ paths: [realPath], loop: true });
    await startProduction({ id: "a", sender: looped, rateHz: 0, limit: 1000, source }).done;
    expect(linesOf(looped.bytes).length).toBe(1000);
    expect(linesOf(looped.bytes).slice(740, 814)).toEqual(linesOf(sender.bytes));
  });

  test("a missing file gives a one-line error", async () => {
    const source = createFileSource({ paths: ["/nowhere/rows.txt"] });
    const { done } = startProduction({ id: "a", sender: new MemorySender(), source });
    await expect(done).rejects.toThrow("/nowhere/rows.txt: no such file");
  });
});
