/** Finds orbits in which several timing inputs fire together. */
import type { DetectorConfig } from "../../model/index.js";

interface Coincidence {
  /** Numbers of the timing inputs. */
  sources: number[];
  withinNs: number;
}

export class CoincidenceFinder {
  private readonly coincidences: Coincidence[];
  /** Times of the signals of the current orbit, by source. */
  private readonly timesNs: number[][];

  constructor({ timing, coincidences }: DetectorConfig) {
    this.timesNs = timing.map(() => []);
    this.coincidences = coincidences.map(({ sources, withinNs }) => ({
      sources: sources.map((name) => timing.findIndex((source) => source.name === name)),
      withinNs,
    }));
  }

  signal(source: number, timeNs: number): void {
    this.timesNs[source]?.push(timeNs);
  }

  /**
   * Ends the orbit after its last signal.
   * @param counts signals of the orbit by source, then of each coincidence; this function sets the coincidences
   */
  close(counts: Float64Array): void {
    this.coincidences.forEach((one, i) => {
      counts[this.timesNs.length + i] = this.has(one) ? 1 : 0;
    });
    for (const times of this.timesNs) times.length = 0;
  }

  /** Whether a signal of one source is followed by signals of all other sources within `withinNs`. */
  private has({ sources, withinNs }: Coincidence): boolean {
    const all = sources.map((source) => this.timesNs[source] ?? []);
    return all.some((firsts) =>
      firsts.some((first) =>
        all.every((times) => times.some((time) => time >= first && time - first <= withinNs)),
      ),
    );
  }
}
