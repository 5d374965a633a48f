import { it } from "vitest";
import { longestMs, expectGoodDay } from "./good-day.js";

it(
  "no false alarm in hours of a telescope with the measured values and 90 % noise hits",
  () => expectGoodDay({ rateHz: 1000, seed: 13, preset: "legnaro-real" }),
  longestMs,
);
