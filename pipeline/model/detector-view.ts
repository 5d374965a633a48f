/** The properties of a set-up that a page needs to name and draw its parts. */
import {
  chamberName,
  channelNumbers,
  driftVelocityOf,
  fpgasOfCells,
  maskedCells,
  t0SourcesOf,
} from "./detector.js";
import type { DetectorConfig } from "./detector.js";

export interface ChamberView {
  /** Name for people: its number if it has no name of its own. */
  name: string;
  /** The coordinate that its wires measure. */
  view: "phi" | "theta";
  height_mm: number;
  /** Position of its centre across the wires. */
  shift_mm: number;
  drift_velocity_um_per_ns: number;
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
  /** TDC_MEAS of the first count of a bunch crossing, and the number of counts in a bunch crossing. */
  tdc_base: number;
  tdc_per_bx: number;
  bx_per_orbit: number;
}

export const defaultDetectorName = "legnaro-1-2-1";

export function detectorViewOf(detector: DetectorConfig): DetectorView {
  return {
    name: detector.name ?? defaultDetectorName,
    chambers: detector.chambers.map((chamber, number) => ({
      name: chamberName(detector, number),
      view: chamber.rotated ? "theta" : "phi",
      height_mm: chamber.heightMm,
      shift_mm: (chamber.rotated ? chamber.shiftMm?.y : chamber.shiftMm?.x) ?? 0,
      drift_velocity_um_per_ns: driftVelocityOf(detector, number),
      masked: maskedCells(chamber),
      fpgas: fpgasOfCells(chamber),
      channels: channelNumbers(chamber),
    })),
    timing: t0SourcesOf(detector).map(({ name }) => name),
    tdc_base: detector.readout.tdcBase,
    tdc_per_bx: detector.readout.tdcPerBx,
    bx_per_orbit: detector.readout.bxPerOrbit,
  };
}
