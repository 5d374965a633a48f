/** Lines through chambers, compared with the segments of another chamber and with the timing plate. */
import { leftWallMm, rightWallMm, type DetectorConfig } from "../../model/index.js";
import { addOne, fillAt, fillAxes, type MuonLayout, type PairPlaces, type TimingPlaces } from "./layout.js";
import type { OrbitSegments } from "./orbit-segments.js";

/** A line keeps so far away from the edges of a chamber or plate. */
const edgeMarginMm = 50;
/** A segment this near to a line belongs to it. */
const pairFoundMm = 100;

export class PairFiller {
  /** See layout.ts; set before an orbit is filled. */
  counts!: Float64Array;

  constructor(
    private readonly detector: DetectorConfig,
    private readonly layout: MuonLayout,
    private readonly segments: OrbitSegments,
  ) {}

  /** Fills `chamber_pair`. */
  compareChambers(): void {
    const { counts, segments } = this;
    for (const pair of this.layout.pairs) {
      const line = this.lineOf(pair);
      if (!(line >= leftWallMm + edgeMarginMm && line <= rightWallMm - edgeMarginMm)) continue;
      addOne(counts, pair.expected);
      const distance = nearestTo(segments, line, pair.to);
      if (Number.isNaN(distance)) continue;
      if (Math.abs(distance) <= pairFoundMm) addOne(counts, pair.found);
      fillAt(counts, pair.dx, fillAxes.pairMm, distance);
    }
  }

  /** Where the line of a pair or triple crosses the middle of its chamber; NaN without a line. */
  private lineOf({ from, to }: PairPlaces): number {
    const { segments } = this;
    const [below, above] = from as [number, number | undefined];
    const first = segments.onlyFourHit(below);
    if (first < 0) return NaN;
    const heightMm = segments.heightMm(to);
    if (above === undefined) return segments.lineAt(first, heightMm);
    const second = segments.onlyFourHit(above);
    if (second < 0) return NaN;
    const low = segments.heightMm(below);
    const xLow = segments.list.xMm[first] as number;
    const xHigh = segments.list.xMm[second] as number;
    return xLow + ((xHigh - xLow) * (heightMm - low)) / (segments.heightMm(above) - low);
  }

  /**
   * Fills `expected` and `found` of `timing`.
   * @param signals of every source in the orbit, shape (sources)
   */
  expectSignals(signals: Float64Array): void {
    const { segments, counts } = this;
    const { plateChambers, timing } = this.layout;
    const plate = this.detector.timingPlate;
    if (plateChambers === null || plate === null) return;
    for (const chamber of plateChambers) {
      const segment = segments.only(chamber);
      if (segment < 0) return;
      const x = segments.lineAt(segment, plate.heightMm);
      if (!(Math.abs(x) <= plate.sideMm / 2 - edgeMarginMm)) return;
    }
    for (let source = 0; source < timing.length; source += 1) {
      const { expected, found } = timing[source] as TimingPlaces;
      addOne(counts, expected);
      if ((signals[source] as number) > 0) addOne(counts, found);
    }
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
