/** The chambers as the page names them. */
import {
  defaultDetector,
  detectorViewOf,
  driftVelocityUmPerNs,
  type ChamberView,
  type DetectorView,
} from "../../../pipeline/model/index.js";

/** Shown until the bridge has named its set-up. */
export const usualDetector = detectorViewOf(defaultDetector);

/**
 * The chambers of the data and lights. Those of a set-up that the bridge does not know have numbers for names.
 * @param count chambers of the newest window; null before the first
 */
export function chambersShown(known: DetectorView | null, count: number | null): readonly ChamberView[] {
  const { chambers } = known ?? usualDetector;
  if (count === null || count === chambers.length) return chambers;
  return Array.from({ length: count }, (_, chamber) => unknownChamber(chamber));
}

/** Its place is not known. */
export function unknownChamber(chamber: number): ChamberView {
  return {
    name: String(chamber),
    view: "phi",
    height_mm: 0,
    shift_mm: 0,
    drift_velocity_um_per_ns: driftVelocityUmPerNs,
    masked: [],
    fpgas: [],
    channels: [],
  };
}
