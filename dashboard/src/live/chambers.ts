/** The chambers as the page names them. */
import {
  defaultDetector,
  detectorViewOf,
  type ChamberView,
  type DetectorView,
} from "../../../pipeline/model/index.js";

const usual = detectorViewOf(defaultDetector);

/**
 * The chambers that data and lights are of. Those of a set-up that the bridge does not know have numbers for names.
 * @param count chambers of the newest window; null before the first
 */
export function chambersShown(known: DetectorView | null, count: number | null): readonly ChamberView[] {
  const { chambers } = known ?? usual;
  if (count === null || count === chambers.length) return chambers;
  return Array.from({ length: count }, (_, chamber) => unknownChamber(chamber));
}

function unknownChamber(chamber: number): ChamberView {
  return { name: String(chamber), view: "phi", height_mm: 0, masked: [], fpgas: [], channels: [] };
}
