import { it } from "vitest";
import { dayMs, expectGoodDay } from "./good-day.js";

it(
  "no false alarm in 24 h from the start, without a reference",
  () => expectGoodDay({ rateHz: 1000, seed: 11 }),
  dayMs,
);
