/** The last samples of each kind. */
import { sampleKinds, samplesPerKind, type RowSample } from "../../pipeline/model/index.js";

export class SampleRing {
  private readonly kinds = new Map(sampleKinds.map((kind) => [kind, [] as RowSample[]]));

  add(samples: readonly RowSample[]): void {
    for (const sample of samples) {
      const ring = this.kinds.get(sample.kind);
      ring?.push(sample);
      if (ring !== undefined && ring.length > samplesPerKind) ring.shift();
    }
  }

  /** Samples, newest first. */
  list(): RowSample[] {
    return [...this.kinds.values()].flat().sort((a, b) => b.seen_ms - a.seen_ms);
  }
}
