/** Segments of one orbit in columns that are reused for the next orbit. */
import { layersPerChamber, type MuonSegment } from "../../model/index.js";

/** Marks a layer without a hit in the columns by layer. */
export const noCell = 255;

export class SegmentList {
  length = 0;
  chambers: Uint8Array = new Uint8Array(32);
  /** Number of hits: 3 or 4. */
  hits: Uint8Array = new Uint8Array(32);
  /** Bits of the sides, see systems.ts. */
  sides: Uint8Array = new Uint8Array(32);
  t0Ns: Float64Array = new Float64Array(32);
  xMm: Float64Array = new Float64Array(32);
  slopes: Float64Array = new Float64Array(32);
  residualsMm: Float64Array = new Float64Array(32);
  /** NaN without a timing signal. */
  timingNs: Float64Array = new Float64Array(32);
  /** Shape (capacity x 4). */
  cells: Uint8Array = new Uint8Array(128);
  driftNs: Float64Array = new Float64Array(128);

  /** Makes room for one more segment; returns its number. */
  add(): number {
    if (this.length === this.chambers.length) this.grow();
    this.length += 1;
    return this.length - 1;
  }

  private grow(): void {
    const bytes = (values: Uint8Array): Uint8Array => {
      const larger = new Uint8Array(values.length * 2);
      larger.set(values);
      return larger;
    };
    const doubles = (values: Float64Array): Float64Array => {
      const larger = new Float64Array(values.length * 2);
      larger.set(values);
      return larger;
    };
    this.chambers = bytes(this.chambers);
    this.hits = bytes(this.hits);
    this.sides = bytes(this.sides);
    this.cells = bytes(this.cells);
    this.t0Ns = doubles(this.t0Ns);
    this.xMm = doubles(this.xMm);
    this.slopes = doubles(this.slopes);
    this.residualsMm = doubles(this.residualsMm);
    this.timingNs = doubles(this.timingNs);
    this.driftNs = doubles(this.driftNs);
  }

  /** A segment in the form of messages and exports. */
  extract(at: number, orbit: number): MuonSegment {
    const layers = Array.from({ length: layersPerChamber }, (_, layer) => at * layersPerChamber + layer);
    const timing = this.timingNs[at] as number;
    const sides = this.sides[at] as number;
    return {
      orbit,
      chamber: this.chambers[at] as number,
      cells: layers.map((place) => (this.cells[place] === noCell ? null : (this.cells[place] as number))),
      drift_ns: layers.map((place) =>
        this.cells[place] === noCell ? null : rounded(this.driftNs[place] as number, 1000),
      ),
      sides: layers
        .map((place, layer) => (this.cells[place] === noCell ? "-" : (sides >> layer) & 1 ? "R" : "L"))
        .join(""),
      t0_ns: rounded(this.t0Ns[at] as number, 1000),
      x_mm: rounded(this.xMm[at] as number, 1000),
      tan: rounded(this.slopes[at] as number, 100_000),
      residual_mm: rounded(this.residualsMm[at] as number, 1000),
      timing_ns: Number.isNaN(timing) ? null : rounded(timing, 1000),
    };
  }
}

/**
 * Numbers of the segments, sorted by chamber, t0, position and the order of {@link SegmentList}. Values are rounded, so
 * that rounding errors do not affect the order.
 */
export function orderOf({ length, chambers, t0Ns, xMm }: SegmentList): number[] {
  const steps = (value: number): number => Math.round(value * nanosteps);
  return Array.from({ length }, (_, i) => i).sort(
    (a, b) =>
      (chambers[a] as number) - (chambers[b] as number) ||
      steps(t0Ns[a] as number) - steps(t0Ns[b] as number) ||
      steps(xMm[a] as number) - steps(xMm[b] as number),
  );
}

/**
 * Steps per unit, each larger than the rounding errors. Values are first rounded to these steps, so that rounding errors
 * do not decide the direction in which halves are rounded.
 */
const nanosteps = 1e9;

/** Rounds to steps of 1 / `steps`; never returns -0. */
function rounded(value: number, steps: number): number {
  return Math.round((Math.round(value * nanosteps) / nanosteps) * steps) / steps + 0;
}
