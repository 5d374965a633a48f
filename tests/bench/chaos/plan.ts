/** Order of the faults: random with a seed, each kind once before any is repeated. */
import { Random } from "../../../producer/random.js";

export interface Step {
  /** Name of the fault. */
  fault: string;
  /** Duration of a fault that does not end on its own, ms. */
  holdMs: number;
  /** Pause after the fault, ms. */
  calmMs: number;
}

/** Short enough for every reader and sender to retry until the fault ends. */
const [shortestHoldMs, longestHoldMs] = [8000, 20_000];
const [shortestCalmMs, longestCalmMs] = [4000, 8000];

/** Infinite sequence of steps. @param names of all faults, at least one */
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
