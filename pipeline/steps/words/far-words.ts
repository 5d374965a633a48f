/** Detects trigger words decoded with the layout of hits: their orbits are far from those of the hits. */
import { headOf, hitOrbit } from "./word-layout.js";

const wordBytes = 8;
const farOrbits = 1_000_000;

/** Examines the words of one input, piece by piece. */
export class FarWords {
  /** Number of words with HEAD 0, 4 or 5 whose orbit is far from that of the previous hit. */
  count = 0;
  private hit: number | null = null;
  private rest = new Uint8Array(0);

  take(chunk: Uint8Array): void {
    const taken = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const view = new DataView(taken.buffer, taken.byteOffset, taken.byteLength);
    const end = taken.length - (taken.length % wordBytes);
    for (let at = 0; at < end; at += wordBytes) {
      const high = view.getUint32(at + 4, true);
      const head = headOf(high);
      if (head === 2) this.hit = hitOrbit(view.getUint32(at, true), high);
      else if (this.hit !== null && (head === 0 || head === 4 || head === 5))
        if (Math.abs(hitOrbit(view.getUint32(at, true), high) - this.hit) > farOrbits) this.count += 1;
    }
    this.rest = taken.slice(end);
  }
}
