/**
 * Cosmic muons: straight tracks, uniform over the area (no shielding or building above the telescope).
 *
 * Frame, in mm: z upwards from the reference plane, x across the wires of an unrotated chamber, y along them, the
 * telescope's axis at x = y = 0.
 */
import { cellsPerLayer, cellWidthMm, chamberSideMm } from "../../pipeline/model/index.js";
import type { ChamberConfig, DetectorConfig, PlateConfig } from "../../pipeline/model/index.js";
import type { Random } from "../random.js";

/** Width of a chamber across its wires, including the half cell of the stagger. */
const chamberWidthMm = (cellsPerLayer + 0.5) * cellWidthMm;
/** Length of the wires. Assumed: the chambers are about square. */
export const wireLengthMm = chamberSideMm;
/** Tracks start up to this far beyond a chamber's edge, so that outer cells see as many tracks as inner cells. */
const edgeMarginMm = 2 * cellWidthMm;
/** 99.8 % of all tracks are steeper than this; the others would run along the layers. */
const minCosZenith = 0.2;

/** A straight line: (x, y) at the height z = 0 and its change per mm upwards. */
export interface Track {
  xMm: number;
  yMm: number;
  slopeX: number;
  slopeY: number;
}

/** Draws tracks that cross at least one chamber, each with the same probability. */
export class MuonFlux {
  private readonly track: Track = { xMm: 0, yMm: 0, slopeX: 0, slopeY: 0 };

  constructor(
    private readonly detector: DetectorConfig,
    private readonly random: Random,
  ) {}

  /**
   * The next track; the object is reused for the following track.
   * A track through k chambers can be drawn in k ways, so it is kept with probability 1/k to keep the flux uniform.
   */
  next(): Track {
    do this.drawThrough(this.random.below(this.detector.chambers.length));
    while (this.random.uniform() * this.crossedChambers() >= 1);
    return this.track;
  }

  private drawThrough(chamber: number): void {
    const { track, random } = this;
    const { heightMm, rotated, shiftMm } = this.detector.chambers[chamber] as ChamberConfig;
    this.drawDirection();
    const across = (random.uniform() - 0.5) * (chamberWidthMm + 2 * edgeMarginMm);
    const along = (random.uniform() - 0.5) * wireLengthMm;
    track.xMm = (rotated ? along : across) + (shiftMm?.x ?? 0) - track.slopeX * heightMm;
    track.yMm = (rotated ? across : along) + (shiftMm?.y ?? 0) - track.slopeY * heightMm;
  }

  /**
   * Intensity per solid angle falls with the zenith angle as cos^2 (PDG, Review of Particle Physics, "Cosmic rays"); a
   * horizontal area sees it as cos^3, whose distribution function is cos^4.
   */
  private drawDirection(): void {
    const { track, random } = this;
    let cosZenith: number;
    do cosZenith = Math.sqrt(Math.sqrt(random.uniform()));
    while (cosZenith < minCosZenith);
    const slope = Math.sqrt(1 - cosZenith * cosZenith) / cosZenith;
    const azimuth = 2 * Math.PI * random.uniform();
    track.slopeX = slope * Math.cos(azimuth);
    track.slopeY = slope * Math.sin(azimuth);
  }

  private crossedChambers(): number {
    let crossed = 0;
    for (const chamber of this.detector.chambers)
      if (isInside(this.track, chamber, edgeMarginMm)) crossed += 1;
    return crossed;
  }
}

/**
 * Where a track crosses a plane of a chamber, in the chamber's own coordinate across the wires.
 * @param zMm height of the plane above the chamber's centre
 */
export function acrossAt(track: Track, chamber: ChamberConfig, zMm: number): number {
  const { heightMm, rotated, shiftMm, rotationRad } = chamber;
  const slope = rotated ? track.slopeY : track.slopeX;
  const from = rotated ? track.yMm : track.xMm;
  const shift = (rotated ? shiftMm?.y : shiftMm?.x) ?? 0;
  const tilt = rotationRad?.y ?? 0;
  if (tilt === 0) return from + slope * (heightMm + zMm) - shift;
  const [cos, sin] = [Math.cos(tilt), Math.sin(tilt)];
  return (from + slope * (heightMm + zMm * cos) - shift - zMm * sin) / (cos + slope * sin);
}

/** The same along the wires; small rotations are neglected. */
export function alongAt(track: Track, chamber: ChamberConfig, zMm: number): number {
  const { heightMm, rotated, shiftMm } = chamber;
  const height = heightMm + zMm;
  return rotated
    ? track.xMm + track.slopeX * height - (shiftMm?.x ?? 0)
    : track.yMm + track.slopeY * height - (shiftMm?.y ?? 0);
}

/** Whether a track crosses the area of a chamber, widened by a margin across the wires. */
function isInside(track: Track, chamber: ChamberConfig, marginMm: number): boolean {
  const across = Math.abs(acrossAt(track, chamber, 0));
  return across <= chamberWidthMm / 2 + marginMm && Math.abs(alongAt(track, chamber, 0)) <= wireLengthMm / 2;
}

/** Whether a track crosses the plate; false without a plate. */
export function crossesPlate(track: Track, plate: PlateConfig | null): boolean {
  if (plate === null) return false;
  const x = Math.abs(track.xMm + track.slopeX * plate.heightMm);
  const y = Math.abs(track.yMm + track.slopeY * plate.heightMm);
  return Math.max(x, y) <= plate.sideMm / 2;
}
