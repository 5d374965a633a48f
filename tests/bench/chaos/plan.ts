/** Which faults come when: drawn from a seed, each kind once before any comes again. */
import { Random } from "../../../producer/random.js";

export interface Step {
  /** Name of the fault. */
  fault: string;
  /** How long the fault stands, ms; for a fault that does not end by itself. */
  holdMs: number;
  /** How long nothing is done after it, ms. */
  calmMs: number;
}

/** Short enough for every reader and sender to wait it out. */
const [shortestHoldMs, longestHoldMs] = [8000, 20_000];
const [shortestCalmMs, longestCalmMs] = [4000, 8000];

/** Steps without an end. @param names of all faults, at least one */
export function* planOf(names: readonly string[], seed: number): Generator<Step, never> {
  const random = new Random(seed);
  const between = (low: number, high: number): number => Math.round(low + random.uniform() * (high - low));
  for (;;) {
    for (const fault of shuffled(names, random))
      yield {
        fault,
        holdMs: between(shortestHoldMs, longestHoldMs),
        calmMs: between(shortestCalmMs, longestCalmMs),
      };
  }
}

function shuffled(names: readonly string[], random: Random): string[] {
  const left = [...names];
  return names.map(() => left.splice(Math.floor(random.uniform() * left.length), 1)[0] as string);
}
