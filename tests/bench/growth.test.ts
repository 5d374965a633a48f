import { expect, it } from "vitest";
import { growthOf } from "./measure/growth.js";

const each = (mb: (minute: number) => number) =>
  Array.from({ length: 120 }, (_, minute) => ({ minute, mb: mb(minute) }));

it("growth is measured in the steady state: neither the start nor single peaks count", () => {
  expect(
    growthOf(
      each((minute) => Math.min(minute, 60) + (minute % 10 === 0 ? 50 : 0)),
      60,
    ),
  ).toBe(0);
  expect(
    growthOf(
      each((minute) => minute),
      60,
    ),
  ).toBe(45);
  expect(
    growthOf(
      each(() => 1),
      118,
    ),
  ).toBeNull();
});
