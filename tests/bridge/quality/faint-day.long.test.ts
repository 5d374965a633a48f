import { it } from "vitest";
import { longestMs, expectGoodDay } from "./good-day.js";

it(
  "no false alarm in hours of a telescope with a low rate",
  () => expectGoodDay({ rateHz: 40, seed: 12 }),
  longestMs,
);
