/** Determines the generation of words: only the right layout puts the orbits of trigger words near those of the hits. */
import { head1Of, headOf, hasFreeBits, hitOrbit, orbitV2, orbitV3, type WordVersion } from "./word-layout.js";

/** Trigger words lead or follow their hits by up to 138 000 orbits (12 s), as measured. */
const nearOrbits = 1_000_000;

export class WordVotes {
  private readonly votes: Record<WordVersion, number> = { v1: 0, v2: 0, v3: 0 };

  /** @param hit orbit of a nearby hit; null if there is none */
  add(low: number, high: number, hit: number | null): void {
    const head = headOf(high);
    if (head >= 6) this.votes.v1 += 1;
    if (hit === null || (head !== 0 && head !== 4 && head !== 5)) return;
    const distance = {
      v1: head1Of(high) === 2 ? Math.abs(hitOrbit(low, high) - hit) : Infinity,
      v2: hasFreeBits("v2", low, high) ? Math.abs(orbitV2(low, high) - hit) : Infinity,
      v3: hasFreeBits("v3", low, high) ? Math.abs(orbitV3(low, high) - hit) : Infinity,
    };
    const least = Math.min(distance.v1, distance.v2, distance.v3);
    if (least > nearOrbits) return;
    for (const version of ["v1", "v2", "v3"] as const)
      if (distance[version] === least) this.votes[version] += 1;
  }

  /** The generation with the most votes; null without votes or with a tie. */
  get version(): WordVersion | null {
    const { v1, v2, v3 } = this.votes;
    const most = Math.max(v1, v2, v3);
    const first = (["v1", "v2", "v3"] as const).filter((version) => this.votes[version] === most);
    return most > 0 && first.length === 1 ? (first[0] as WordVersion) : null;
  }
}

/** The generation of the whole words in bytes[start, end). */
export function versionOfWords(view: DataView, start: number, end: number): WordVersion | null {
  const votes = new WordVotes();
  let hit = firstHit(view, start, end);
  for (let at = start; at + 8 <= end; at += 8) {
    const high = view.getUint32(at + 4, true);
    const low = view.getUint32(at, true);
    if (headOf(high) === 2) hit = hitOrbit(low, high);
    else if (high !== 0) votes.add(low, high, hit);
  }
  return votes.version;
}

function firstHit(view: DataView, start: number, end: number): number | null {
  for (let at = start; at + 8 <= end; at += 8) {
    const high = view.getUint32(at + 4, true);
    if (headOf(high) === 2) return hitOrbit(view.getUint32(at, true), high);
  }
  return null;
}
