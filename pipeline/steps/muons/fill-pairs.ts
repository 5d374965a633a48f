/** Lines through chambers, compared with the segments of another chamber and with the timing plate. */
import { leftWallMm, rightWallMm } from "../../model/index.js";
import {
  addOne,
  fillAt,
  fillAxes,
  type MuonLayout,
  type PairPlaces,
  type PlateChambers,
  type TimingPlaces,
} from "./layout.js";
import type { OrbitSegments } from "./orbit-segments.js";

/** A line keeps so far away from the edges of a chamber or plate. */
const edgeMarginMm = 50;
/** A segment this near to a line belongs to it. */
const pairFoundMm = 100;

export class PairFiller {
  /** See layout.ts; set before an orbit is filled. */
  counts!: Float64Array;

  /** The one four-hit segment of each chamber in the orbit, -1 where there is none. */
  private readonly lone: Int32Array;

  constructor(
    private readonly layout: MuonLayout,
    private readonly segments: OrbitSegments,
  ) {
    this.lone = new Int32Array(1 + Math.max(-1, ...layout.pairs.flatMap(({ from }) => from)));
  }

  /** Fills `chamber_pair`. */
  compareChambers(): void {
    const { counts, segments, lone } = this;
    let lines = 0;
    for (let chamber = 0; chamber < lone.length; chamber += 1) {
      const segment = segments.onlyFourHit(chamber);
      lone[chamber] = segment;
      if (segment >= 0) lines += 1;
    }
    // Most orbits have no line: of many chambers there are many pairs.
    if (lines === 0) return;
    for (const pair of this.layout.pairs) {
      if ((lone[pair.from[0] as number] as number) < 0) continue;
      const line = this.lineOf(pair);
      if (!(line >= leftWallMm + edgeMarginMm && line <= rightWallMm - edgeMarginMm)) continue;
      addOne(counts, pair.expected);
      const distance = nearestTo(segments, line, pair.to);
      if (Number.isNaN(distance)) continue;
      if (Math.abs(distance) <= pairFoundMm) addOne(counts, pair.found);
      fillAt(counts, pair.dx, fillAxes.pairMm, distance);
    }
  }

  /** Where the line of a pair or triple crosses its chamber, in the chamber's coordinate; NaN without a line. */
  private lineOf({ from, to }: PairPlaces): number {
    const { segments, lone } = this;
    const above = from[1];
    const first = lone[from[0] as number] as number;
    const heightMm = segments.heightMm(to);
    if (above === undefined)
      return segments.inChamber(segments.lineAt(first, heightMm), segments.slopeOf(first), to);
    const second = lone[above] as number;
    if (second < 0) return NaN;
    const low = segments.pointHeightMm(first);
    const height = segments.pointHeightMm(second) - low;
    const xLow = segments.pointMm(first);
    const across = segments.pointMm(second) - xLow;
    return segments.inChamber(xLow + (across * (heightMm - low)) / height, across / height, to);
  }

  /**
   * Fills `expected` and `found` of `timing`.
   * @param signals of every source in the orbit, shape (sources)
   */
  expectSignals(signals: Float64Array): void {
    const { counts } = this;
    const { timing } = this.layout;
    for (let source = 0; source < timing.length; source += 1) {
      const { expected, found, plate } = timing[source] as TimingPlaces;
      if (plate === null || !this.hasPlate(plate)) continue;
      addOne(counts, expected);
      if ((signals[source] as number) > 0) addOne(counts, found);
    }
  }

  /** Whether the muons of the orbit cross a plate for sure. */
  private hasPlate({ chambers, heightMm, sideMm }: PlateChambers): boolean {
    const { segments } = this;
    for (const chamber of chambers) {
      const segment = segments.only(chamber);
      if (segment < 0) return false;
      const x = segments.lineAt(segment, heightMm);
      if (!(Math.abs(x) <= sideMm / 2 - edgeMarginMm)) return false;
    }
    return true;
  }
}

/** Distance of the nearest segment of a chamber from x; NaN without one. */
function nearestTo(segments: OrbitSegments, xMm: number, chamber: number): number {
  let nearest = NaN;
  for (let i = segments.firstOf(chamber); i < segments.endOf(chamber); i += 1) {
    const distance = (segments.list.xMm[i] as number) - xMm;
    if (!(Math.abs(distance) >= Math.abs(nearest))) nearest = distance;
  }
  return nearest;
}
