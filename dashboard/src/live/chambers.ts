/** The chambers with their names on the page. */
import {
  defaultDetector,
  detectorViewOf,
  driftVelocityUmPerNs,
  type ChamberView,
  type DetectorView,
} from "../../../pipeline/model/index.js";

/** Used until the bridge has sent its set-up. */
export const usualDetector = detectorViewOf(defaultDetector);

/**
 * The chambers that plots and lights show. If the set-up of the data is unknown, each is named by its number.
 * @param count chambers of the newest window; null before the first
 */
export function chambersShown(known: DetectorView | null, count: number | null): readonly ChamberView[] {
  const { chambers } = known ?? usualDetector;
  if (count === null || count === chambers.length) return chambers;
  return Array.from({ length: count }, (_, chamber) => unknownChamber(chamber));
}

/** A chamber of unknown position. */
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
