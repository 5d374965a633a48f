import { it } from "vitest";
import { dayMs, expectGoodDay } from "./good-day.js";

it(
  "no false alarm in hours from the start, without a reference",
  () => expectGoodDay({ rateHz: 1000, seed: 11 }),
  dayMs,
);
