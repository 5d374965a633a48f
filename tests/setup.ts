/** Property tests take the same cases in every run; `MUONITOR_SEED=random`, or a number that a failure printed, takes others. */
import fc from "fast-check";

const usualSeed = 5;
const asked = process.env["MUONITOR_SEED"] ?? String(usualSeed);

if (asked !== "random") {
  const seed = Number(asked);
  if (!Number.isInteger(seed)) throw new Error(`MUONITOR_SEED=${asked}: neither a whole number nor "random"`);
  fc.configureGlobal({ seed });
}
