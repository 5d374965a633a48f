/** Compares lines through chambers with the segments of another chamber and with the timing plate. */
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

/** A chamber or plate counts as crossed only if the line is at least this far from its edges. */
const edgeMarginMm = 50;
/** Maximum distance at which a segment belongs to a line. */
const pairFoundMm = 100;

export class PairFiller {
  /** Counters, see layout.ts; must be set before an orbit is filled. */
  counts!: Float64Array;

  /** Pairs and triples by their first chamber. */
  private readonly pairsOf: PairPlaces[][];
  /** By chamber: 1 if the orbit has exactly one segment there, with four hits. Otherwise the columns below are stale. */
  private readonly isLine: Uint8Array;
  /** Point and slope of that segment, see {@link OrbitSegments}; mm, mm and dx/dz, each with shape (chambers). */
  private readonly xMm: Float64Array;
  private readonly zMm: Float64Array;
  private readonly slopes: Float64Array;

  constructor(
    private readonly layout: MuonLayout,
    private readonly segments: OrbitSegments,
  ) {
    const { pairs } = layout;
    const chambers = 1 + Math.max(-1, ...pairs.flatMap(({ from }) => from));
    this.pairsOf = Array.from({ length: chambers }, (_, first) =>
      pairs.filter(({ from }) => from[0] === first),
    );
    this.isLine = new Uint8Array(chambers);
    this.xMm = new Float64Array(chambers);
    this.zMm = new Float64Array(chambers);
    this.slopes = new Float64Array(chambers);
  }

  /** Fills `chamber_pair`. */
  compareChambers(): void {
    // Most orbits have no line, and many chambers form many pairs.
    if (!this.findLines()) return;
    const { counts, segments, isLine, pairsOf } = this;
    for (let first = 0; first < isLine.length; first += 1) {
      if (isLine[first] === 0) continue;
      for (const pair of pairsOf[first] as PairPlaces[]) {
        const line = this.lineOf(pair, first);
        if (!(line >= leftWallMm + edgeMarginMm && line <= rightWallMm - edgeMarginMm)) continue;
        addOne(counts, pair.expected);
        const distance = nearestTo(segments, line, pair.to);
        if (Number.isNaN(distance)) continue;
        if (Math.abs(distance) <= pairFoundMm) addOne(counts, pair.found);
        fillAt(counts, pair.dx, fillAxes.pairMm, distance);
      }
    }
  }

  /** Computes each line of the orbit once for all pairs; false if there are none. */
  private findLines(): boolean {
    const { segments, isLine } = this;
    let isAny = false;
    for (let chamber = 0; chamber < isLine.length; chamber += 1) {
      const segment = segments.onlyFourHit(chamber);
      isLine[chamber] = segment < 0 ? 0 : 1;
      if (segment < 0) continue;
      isAny = true;
      this.xMm[chamber] = segments.pointMm(segment);
      this.zMm[chamber] = segments.pointHeightMm(segment);
      this.slopes[chamber] = segments.slopeOf(segment, chamber);
    }
    return isAny;
  }

  /** Position where the line of a pair or triple crosses the chamber, in the chamber's coordinate; NaN without a line. */
  private lineOf({ from, to }: PairPlaces, first: number): number {
    const { segments } = this;
    const x = this.xMm[first] as number;
    const z = this.zMm[first] as number;
    const heightMm = segments.heightMm(to);
    const above = from[1];
    if (above === undefined) {
      const slope = this.slopes[first] as number;
      return segments.inChamber(x + slope * (heightMm - z), slope, to);
    }
    if (this.isLine[above] === 0) return NaN;
    const height = (this.zMm[above] as number) - z;
    const across = (this.xMm[above] as number) - x;
    return segments.inChamber(x + (across * (heightMm - z)) / height, across / height, to);
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

  /** Whether the muon of the orbit certainly crosses a plate. */
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

/** Distance from x to the nearest segment of a chamber; NaN without a segment. */
function nearestTo(segments: OrbitSegments, xMm: number, chamber: number): number {
  let nearest = NaN;
  for (let i = segments.firstOf(chamber); i < segments.endOf(chamber); i += 1) {
    const distance = (segments.list.xMm[i] as number) - xMm;
    if (!(Math.abs(distance) >= Math.abs(nearest))) nearest = distance;
  }
  return nearest;
}
