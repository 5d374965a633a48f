import { it } from "vitest";
import { longestMs, expectGoodDay } from "./good-day.js";

it(
  "no false alarm in 80 minutes of 5000 rows/s",
  () => expectGoodDay({ rateHz: 5000, seed: 14 }, 960),
  longestMs,
);
