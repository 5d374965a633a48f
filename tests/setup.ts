/**
 * What holds for all tests: no one uses the default state folder, and property tests take the same cases in every run;
 * `MUONITOR_SEED=random`, or a number that a failure printed, takes others.
 */
import fc from "fast-check";
import { vi } from "vitest";
import { defaultStateInTests } from "./helpers/default-state.js";

// Beside a running `npm start` of the same clone: its state folder is not that of any test.
vi.mock(import("../runners/paths.js"), async (original) => ({
  ...(await original()),
  defaultStateFolder: defaultStateInTests,
}));
process.env["MUONITOR_STATE_DIR"] = defaultStateInTests;

const usualSeed = 5;
const asked = process.env["MUONITOR_SEED"] ?? String(usualSeed);

if (asked !== "random") {
  const seed = Number(asked);
  if (!Number.isInteger(seed)) throw new Error(`MUONITOR_SEED=${asked}: neither a whole number nor "random"`);
  fc.configureGlobal({ seed });
}
