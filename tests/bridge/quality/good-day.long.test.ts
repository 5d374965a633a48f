import { it } from "vitest";
import { longestMs, expectGoodDay } from "./good-day.js";

it(
  "hours of good data give no false alarm, without a reference",
  () => expectGoodDay({ rateHz: 1000, seed: 11 }),
  longestMs,
);
