/** The segments of all chambers in one orbit. */
import type { DetectorConfig } from "../../model/index.js";
import { SegmentList } from "./segment-list.js";

export class OrbitSegments {
  readonly list = new SegmentList();
  /** Segments of chamber c stand in the list from firsts[c] to firsts[c + 1]; shape (chambers + 1). */
  readonly firsts: Uint32Array;
  private readonly heightsMm: Float64Array;

  constructor({ chambers }: DetectorConfig) {
    this.firsts = new Uint32Array(chambers.length + 1);
    this.heightsMm = Float64Array.from(chambers, ({ heightMm }) => heightMm);
  }

  firstOf(chamber: number): number {
    return this.firsts[chamber] as number;
  }

  endOf(chamber: number): number {
    return this.firsts[chamber + 1] as number;
  }

  /** The only segment of a chamber; -1 with none or several. */
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

  /** Where the line of a segment is at a height, mm from the middle across the wires. */
  lineAt(segment: number, heightMm: number): number {
    const { list } = this;
    const from = this.heightMm(list.chambers[segment] as number);
    return (list.xMm[segment] as number) + (list.slopes[segment] as number) * (heightMm - from);
  }
}
