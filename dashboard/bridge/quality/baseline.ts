/** The usual picture: a fading sum of what the chambers gave while nothing was wrong with them. */
import { chamberCount } from "../../../pipeline/model/index.js";
import { at, cellsOf, driftOf, type WindowFacts } from "./facts.js";
import { median } from "./statistics.js";
import type { RulesConfig } from "./default-rules.js";

export class Baseline {
  private vector: Float64Array | null = null;

  constructor(private readonly config: RulesConfig["baseline"]) {}

  /** @param troubled chambers that are not as they should be: they teach nothing */
  learn(facts: WindowFacts, troubled: ReadonlySet<number>): void {
    if (facts.partial) return;
    if (this.vector?.length !== facts.vector.length) this.vector = new Float64Array(facts.vector.length);
    const keep = Math.exp(-(facts.endMs - facts.startMs) / (this.config.memory_minutes * 60_000));
    for (let chamber = 0; chamber < chamberCount; chamber += 1) {
      if (troubled.has(chamber)) continue;
      fade(cellsOf(this.vector, chamber), cellsOf(facts.vector, chamber), keep);
      fade(driftOf(this.vector, chamber), driftOf(facts.vector, chamber), keep);
    }
    if (troubled.size === 0)
      fade(this.vector.subarray(at.rows, at.drift), facts.vector.subarray(at.rows, at.drift), keep);
  }

  /** The usual picture as a vector as of {@link WindowFacts}; null while too little is known. */
  picture(): Float64Array | null {
    const { vector } = this;
    if (vector === null) return null;
    const known = Array.from({ length: chamberCount }, (_, chamber) => median(cellsOf(vector, chamber)));
    return known.every((hits) => hits >= this.config.hits_per_cell) ? vector : null;
  }
}

function fade(into: Float64Array, from: Float64Array, keep: number): void {
  for (let i = 0; i < into.length; i += 1) into[i] = (into[i] as number) * keep + (from[i] as number);
}
