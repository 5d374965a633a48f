import { expect, test } from "vitest";
import { systemClock } from "../../producer/clock.js";

const day = 86_400_000;

test("an abort before or during a sleep ends it", async () => {
  const aborting = new AbortController();
  const asleep = systemClock.sleep(day, aborting.signal);
  aborting.abort();
  await asleep;
  await systemClock.sleep(day, aborting.signal);
});

test("a sleep of 0 lets other work run first", async () => {
  let other = false;
  setImmediate(() => (other = true));
  await systemClock.sleep(0);
  expect(other).toBe(true);
});

test("the wall clock is in ms since the Unix epoch, and the monotonic clock never steps back", () => {
  expect(Math.abs(systemClock.wallMs() - Date.now())).toBeLessThan(1000);
  const before = systemClock.monotonicMs();
  expect(systemClock.monotonicMs()).toBeGreaterThanOrEqual(before);
});
