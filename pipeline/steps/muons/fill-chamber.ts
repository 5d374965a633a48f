/** Fills `segment_chamber` and `noise_chamber` from the hits and segments of one chamber in one orbit. */
import {
  cellOf,
  cellsPerChamber,
  cellsPerLayer,
  cellWidthMm,
  clockOf,
  driftVelocityOf,
  layersPerChamber,
  repeatNs,
  timeAfterNs,
  wirePositionMm,
  type DetectorConfig,
  type ReadoutClock,
} from "../../model/index.js";
import { maskOf } from "./cell-mask.js";
import { irregular, unused, type ChamberHits } from "./chamber-hits.js";
import type { SegmentFinder } from "./finder.js";
import { add, addOne, fillAt, fillAxes, type ChamberPlaces, type MuonLayout } from "./layout.js";
import type { OrbitSegments } from "./orbit-segments.js";
import { noCell, type SegmentList } from "./segment-list.js";
import { layerHeightsMm, lineCoefficients } from "./systems.js";

/** A hit is expected only if the line crosses the cell at least this far from its walls. */
const wallMarginMm = 3;
const firstWireMm = [1, 2, 3, 4].map((layer) => wirePositionMm(cellOf(layer, 0)).x);
/** Position of each cell's wire, shape (64). */
const wireMm = Float64Array.from({ length: cellsPerChamber }, (_, cell) => wirePositionMm(cell).x);

export class ChamberFiller {
  /** Counters, see layout.ts; must be set before an orbit is filled. */
  counts!: Float64Array;
  /** Whether the orbit has a signal that gives t0, and the earliest such signal. */
  hasSignal = false;
  bx0 = 0;
  tdc0 = 0;
  offset0Ns = 0;

  private readonly mmPerNs: Float64Array;
  private readonly clock: ReadoutClock;
  private readonly masks: (Uint8Array | null)[];
  private readonly offsetsNs: Float64Array;
  private readonly list: SegmentList;

  /** Time of the last hit of each cell, and the chamber and orbit of that hit. */
  private readonly lastNs = new Float64Array(cellsPerChamber);
  private readonly lastOf = new Float64Array(cellsPerChamber);
  private turn = 0;

  /** Positions of the current segment's hits, and their distances from the wires, mm. */
  private readonly points = new Float64Array(layersPerChamber);
  private readonly distances = new Float64Array(layersPerChamber);

  constructor(
    detector: DetectorConfig,
    private readonly layout: MuonLayout,
    private readonly segments: OrbitSegments,
    private readonly finder: SegmentFinder,
  ) {
    this.list = segments.list;
    this.mmPerNs = Float64Array.from(
      detector.chambers,
      (_, chamber) => driftVelocityOf(detector, chamber) / 1000,
    );
    this.clock = clockOf(detector);
    this.masks = detector.chambers.map(maskOf);
    this.offsetsNs = Float64Array.from(detector.chambers, ({ driftOffsetNs }) => driftOffsetNs);
  }

  /** Must follow the search for segments in this chamber. */
  fillSegments(chamber: number, hits: ChamberHits): void {
    const { finder, counts, list } = this;
    const places = this.layout.chambers[chamber] as ChamberPlaces;
    add(counts, places.showers, finder.showers);
    add(counts, places.ambiguous, finder.ambiguous);
    add(counts, places.hitsUsed, finder.hitsUsed);
    if (finder.ambiguous > 0)
      for (let layer = 0; layer < layersPerChamber; layer += 1)
        add(counts, places.layerMissed + layer, finder.ambiguousMissing[layer] as number);
    for (let segment = this.segments.firstOf(chamber); segment < list.length; segment += 1) {
      fillAt(counts, places.angle, fillAxes.angleDegrees, degreesOf(list.slopes[segment] as number));
      fillAt(counts, places.position, fillAxes.positionMm, list.xMm[segment] as number);
      const timing = list.timingNs[segment] as number;
      if (!Number.isNaN(timing)) fillAt(counts, places.t0Scint, fillAxes.t0ScintNs, timing);
      if (list.hits[segment] !== layersPerChamber)
        this.fillThreeHits(places, segment, this.masks[chamber] ?? null);
      else {
        this.fillFourHits(places, segment, this.mmPerNs[chamber] as number);
        if (this.hasSignal) this.fillMeanTimers(chamber, places, segment, hits);
      }
    }
  }

  private fillFourHits(places: ChamberPlaces, segment: number, mmPerNs: number): void {
    const { counts, list, points, distances } = this;
    addOne(counts, places.fourHit);
    const at = segment * layersPerChamber;
    const sides = list.sides[segment] as number;
    for (let layer = 0; layer < layersPerChamber; layer += 1) {
      const cell = list.cells[at + layer] as number;
      const driftNs = list.driftNs[at + layer] as number;
      addOne(counts, places.cellFound + cell);
      fillAt(counts, places.driftTime[layer] as number, fillAxes.driftTimeNs, driftNs);
      const distance = driftNs * mmPerNs;
      distances[layer] = distance;
      points[layer] = (wireMm[cell] as number) + ((sides >> layer) & 1 ? distance : -distance);
    }
    for (let layer = 0; layer < layersPerChamber; layer += 1) {
      const wire = wireMm[list.cells[at + layer] as number] as number;
      const row = layer * layersPerChamber;
      const line =
        (lineCoefficients[row] as number) * (points[0] as number) +
        (lineCoefficients[row + 1] as number) * (points[1] as number) +
        (lineCoefficients[row + 2] as number) * (points[2] as number) +
        (lineCoefficients[row + 3] as number) * (points[3] as number);
      const residual = Math.abs(distances[layer] as number) - Math.abs(line - wire);
      fillAt(counts, places.residual[layer] as number, fillAxes.residualMm, residual);
    }
  }

  private fillMeanTimers(chamber: number, places: ChamberPlaces, segment: number, hits: ChamberHits): void {
    const sides = this.list.sides[segment] as number;
    for (let first = 0; first < 2; first += 1) {
      if (!alternates(sides, first)) continue;
      const at = (segment - this.segments.firstOf(chamber)) * layersPerChamber + first;
      const { numbers } = this.finder;
      const a = this.driftTime(chamber, hits, numbers[at] as number);
      const b = this.driftTime(chamber, hits, numbers[at + 1] as number);
      const c = this.driftTime(chamber, hits, numbers[at + 2] as number);
      fillAt(this.counts, places.meanTimer[first] as number, fillAxes.meanTimerNs, (a + c) / 2 + b);
    }
  }

  /** Drift time as in the histogram: without offsets of layer and cell. */
  private driftTime(chamber: number, hits: ChamberHits, hit: number): number {
    const { bx0, tdc0, clock } = this;
    const after = timeAfterNs(hits.bx[hit] as number, hits.tdc[hit] as number, bx0, tdc0, clock);
    return after + ((this.offsetsNs[chamber] as number) + this.offset0Ns);
  }

  /** @param mask cells that are not judged */
  private fillThreeHits(places: ChamberPlaces, segment: number, mask: Uint8Array | null): void {
    const { counts, list } = this;
    addOne(counts, places.threeHit);
    let layer = 0;
    while (list.cells[segment * layersPerChamber + layer] !== noCell) layer += 1;
    const x =
      (list.xMm[segment] as number) + (list.slopes[segment] as number) * (layerHeightsMm[layer] as number);
    const first = firstWireMm[layer] as number;
    const wire = Math.round((x - first) / cellWidthMm);
    if (wire < 0 || wire >= cellsPerLayer) return;
    if (Math.abs(x - first - wire * cellWidthMm) > cellWidthMm / 2 - wallMarginMm) return;
    const cell = cellOf(layer + 1, wire);
    if (mask?.[cell] === 1) return;
    addOne(counts, places.layerMissed + layer);
    addOne(counts, places.cellMissed + cell);
  }

  /** Must follow {@link fillSegments}. */
  fillNoise(chamber: number, hits: ChamberHits): void {
    const { noiseHits, noiseCells, repeats } = this.layout.chambers[chamber] as ChamberPlaces;
    const { counts, lastNs, lastOf } = this;
    const turn = (this.turn += 1);
    const { cells, timesNs, order, fates, length } = hits;
    for (let i = 0; i < length; i += 1) {
      const hit = order[i] as number;
      const cell = cells[hit] as number;
      const time = timesNs[i] as number;
      const fate = fates[hit];
      if (fate === unused || fate === irregular) {
        addOne(counts, noiseHits);
        addOne(counts, noiseCells + cell);
      }
      if (lastOf[cell] === turn && time - (lastNs[cell] as number) <= repeatNs) addOne(counts, repeats);
      lastOf[cell] = turn;
      lastNs[cell] = time;
    }
  }
}

const degreesOf = (slope: number): number => (Math.atan(slope) * 180) / Math.PI;

/** Whether the sides of three consecutive layers alternate. */
function alternates(sides: number, first: number): boolean {
  const three = (sides >> first) & 7;
  return three === 0b010 || three === 0b101;
}
