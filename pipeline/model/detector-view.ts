/** What a page must know of a set-up to name and draw its parts. */
import { chamberName, channelNumbers, fpgasOfCells, maskedCells, t0SourcesOf } from "./detector.js";
import type { DetectorConfig } from "./detector.js";

export interface ChamberView {
  /** As people call it; its number without a name. */
  name: string;
  /** Which coordinate its wires measure. */
  view: "phi" | "theta";
  height_mm: number;
  /** Cells that are not judged. */
  masked: number[];
  /** FPGA and TDC_CHANNEL of each cell, shape (64). */
  fpgas: number[];
  channels: number[];
}

export interface DetectorView {
  /** Name of the set-up. */
  name: string;
  chambers: ChamberView[];
  /** Names of the timing inputs that give t0. */
  timing: string[];
}

export const defaultDetectorName = "legnaro-1-2-1";

export function detectorViewOf(detector: DetectorConfig): DetectorView {
  return {
    name: detector.name ?? defaultDetectorName,
    chambers: detector.chambers.map((chamber, number) => ({
      name: chamberName(detector, number),
      view: chamber.rotated ? "theta" : "phi",
      height_mm: chamber.heightMm,
      masked: maskedCells(chamber),
      fpgas: fpgasOfCells(chamber),
      channels: channelNumbers(chamber),
    })),
    timing: t0SourcesOf(detector).map(({ name }) => name),
  };
}
