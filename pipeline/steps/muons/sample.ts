/**
 * The segments for the event display of a message: all segments of some orbits. Orbits with segments in two or more
 * chambers are first, each kind by ascending hash. The first orbit without room is kept as a mark, so that samples merge
 * in any order.
 */
import { maxSampledSegments, type MuonSegment } from "../../model/index.js";

interface SampledOrbit {
  orbit: number;
  /** 0 for segments in two or more chambers, otherwise 1. */
  rank: number;
  hash: number;
  segments: MuonSegment[];
}

/** The finaliser of MurmurHash3 (A. Appleby, public domain). */
export function hashOfOrbit(orbit: number): number {
  let h = orbit >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

type Place = Pick<SampledOrbit, "orbit" | "rank" | "hash">;

const compare = (a: Place, b: Place): number => a.rank - b.rank || a.hash - b.hash || a.orbit - b.orbit;

export class MuonSample {
  /** Sorted; there may be no room for the last orbit. */
  orbits: SampledOrbit[] = [];
  private isFull = false;

  /** Whether an orbit would change the sample. */
  wants(place: Place, segments: number): boolean {
    if (segments === 0 || segments > maxSampledSegments) return false;
    return !this.isFull || compare(place, this.orbits[this.orbits.length - 1] as SampledOrbit) < 0;
  }

  add(orbit: SampledOrbit): void {
    this.orbits.push(orbit);
    this.cut();
  }

  merge(other: MuonSample): void {
    this.orbits.push(...other.orbits);
    this.cut();
  }

  private cut(): void {
    this.orbits.sort(compare);
    let segments = 0;
    const end = this.orbits.findIndex((orbit) => (segments += orbit.segments.length) > maxSampledSegments);
    this.isFull = end >= 0;
    if (this.isFull) this.orbits.length = end + 1;
  }

  extract(): MuonSegment[] {
    const shown = this.isFull ? this.orbits.slice(0, -1) : this.orbits;
    return shown.flatMap(({ segments }) => segments);
  }
}
