/**
 * Set-up of all tests: none uses the default state folder, none leaves anything to the next file in the same process, and
 * property tests use the same cases in every run.
 * `MUONITOR_SEED=random`, or a number printed by a failure, selects other cases.
 */
import fc from "fast-check";
import { afterAll, vi } from "vitest";
import { defaultStateInTests } from "./helpers/default-state.js";

// The state folder of a running `npm start` in the same clone must not be used by tests.
process.env["MUONITOR_STATE_DIR"] = defaultStateInTests;

afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const usualSeed = 5;
const asked = process.env["MUONITOR_SEED"] ?? String(usualSeed);

if (asked !== "random") {
  const seed = Number(asked);
  if (!Number.isInteger(seed)) throw new Error(`MUONITOR_SEED=${asked}: neither a whole number nor "random"`);
  fc.configureGlobal({ seed });
}
