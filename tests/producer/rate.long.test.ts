/** The configured rate, measured with the system clock. */
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { startProduction } from "../../producer/production/index.js";
import { Simulator } from "../../producer/simulator/index.js";
import { MemorySender } from "./memory-sender.js";

test.each([1000, 20_000])("a rate of %i rows/s is kept over 10 s, without bursts", async (rateHz) => {
  const source = new Simulator({ rateHz });
  const production = startProduction({
    source,
    sender: new MemorySender(),
    id: "rate",
    rateHz,
    rowsPerMessage: 1,
  });
  await pause(500);
  const [firstMs, firstRows] = [performance.now(), production.stats().rows];
  const shares: number[] = [];
  let [ms, rows] = [firstMs, firstRows];
  while (ms < firstMs + 10_000) {
    await pause(100);
    const [nowMs, now] = [performance.now(), production.stats().rows];
    shares.push((now - rows) / ((rateHz * (nowMs - ms)) / 1000));
    [ms, rows] = [nowMs, now];
  }
  await production.stop();
  const held = ((rows - firstRows) * 1000) / (ms - firstMs);
  expect(Math.abs(held - rateHz) / rateHz).toBeLessThan(0.02);
  // Nearly every tenth of a second gets its share of the rows.
  const uneven = shares.filter((share) => share < 0.5 || share > 1.5).length;
  expect(uneven / shares.length).toBeLessThan(0.1);
  expect(production.stats().skippedRows).toBe(0);
});
