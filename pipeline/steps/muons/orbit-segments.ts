/** The segments of all chambers in one orbit. */
import type { DetectorConfig } from "../../model/index.js";
import { SegmentList } from "./segment-list.js";

export class OrbitSegments {
  readonly list = new SegmentList();
  /** Segments of chamber c have indices firsts[c] to firsts[c + 1] - 1 in the list; shape (chambers + 1). */
  readonly firsts: Uint32Array;
  private readonly heightsMm: Float64Array;
  /** Position of each chamber across its wires, and its rotation about them. */
  private readonly shiftsMm: Float64Array;
  private readonly tiltsRad: Float64Array;

  constructor({ chambers }: DetectorConfig) {
    this.firsts = new Uint32Array(chambers.length + 1);
    this.heightsMm = Float64Array.from(chambers, ({ heightMm }) => heightMm);
    this.shiftsMm = Float64Array.from(
      chambers,
      ({ shiftMm, rotated }) => (rotated ? shiftMm?.y : shiftMm?.x) ?? 0,
    );
    this.tiltsRad = Float64Array.from(chambers, ({ rotationRad }) => rotationRad?.y ?? 0);
  }

  firstOf(chamber: number): number {
    return this.firsts[chamber] as number;
  }

  endOf(chamber: number): number {
    return this.firsts[chamber + 1] as number;
  }

  /** The only segment of a chamber; -1 if it has none or several. */
  only(chamber: number): number {
    const first = this.firstOf(chamber);
    return this.endOf(chamber) === first + 1 ? first : -1;
  }

  /** The only segment of a chamber if it has four hits, else -1. */
  onlyFourHit(chamber: number): number {
    const segment = this.only(chamber);
    return segment >= 0 && this.list.hits[segment] === 4 ? segment : -1;
  }

  heightMm(chamber: number): number {
    return this.heightsMm[chamber] as number;
  }

  /** Position of a segment's line at this height, mm from the axis, across the wires of its view. */
  lineAt(segment: number, heightMm: number): number {
    const chamber = this.list.chambers[segment] as number;
    const [x, z] = [this.pointMm(segment), this.pointHeightMm(segment)];
    return x + this.slopeOf(segment, chamber) * (heightMm - z);
  }

  /** Position where a segment crosses the middle plane of its chamber, mm from the axis, across the wires. */
  pointMm(segment: number): number {
    const chamber = this.list.chambers[segment] as number;
    const x = this.list.xMm[segment] as number;
    const tilt = this.tiltsRad[chamber] as number;
    return (tilt === 0 ? x : x * Math.cos(tilt)) + (this.shiftsMm[chamber] as number);
  }

  /** Height of the same point. */
  pointHeightMm(segment: number): number {
    const chamber = this.list.chambers[segment] as number;
    const tilt = this.tiltsRad[chamber] as number;
    const height = this.heightsMm[chamber] as number;
    return tilt === 0 ? height : height - (this.list.xMm[segment] as number) * Math.sin(tilt);
  }

  /** Slope of a segment relative to the vertical of the telescope. */
  slopeOf(segment: number, chamber = this.list.chambers[segment] as number): number {
    const slope = this.list.slopes[segment] as number;
    const tilt = this.tiltsRad[chamber] as number;
    return tilt === 0 ? slope : Math.tan(Math.atan(slope) + tilt);
  }

  /** Position of a line in the coordinate of a chamber; `xMm` is its position at the height of the chamber's centre. */
  inChamber(xMm: number, slope: number, chamber: number): number {
    const tilt = this.tiltsRad[chamber] as number;
    const x = xMm - (this.shiftsMm[chamber] as number);
    return tilt === 0 ? x : x / (Math.cos(tilt) + slope * Math.sin(tilt));
  }
}
