import { it } from "vitest";
import { dayMs, expectGoodDay } from "./good-day.js";

it(
  "no false alarm in 24 h of a telescope with a low rate",
  () => expectGoodDay({ rateHz: 40, seed: 12 }),
  dayMs,
);
