/** Faults that the simulator can have; practice mode switches them at run time. */
import type { DetectorFault } from "./detector-faults.js";

export interface Faults {
  /** Rows of this FPGA are missing. */
  dead_fpga: number | null;
  /** Hits of this layer (1..4) of this chamber (0..3) are missing. */
  dead_layer: { chamber: number; layer: number } | null;
  /** This cell (0..63) of this chamber (0..3) produces extra noise hits. */
  hot_wire: { chamber: number; cell: number; rate_hz: number } | null;
  /** Faults of the table in detector-faults.ts, at most 16 at a time. A change replaces the whole list. */
  detector: readonly DetectorFault[];
  /** This fraction of the messages is sent with a record time `delay_ms` in the past. */
  late_data: { fraction: number; delay_ms: number } | null;
  /** This fraction of the messages is sent twice, with the same sequence number. */
  duplicates: number;
  /** This fraction of the rows is garbage. */
  garbage: number;
  /** The detector sends no rows, but the producer is alive: heartbeats continue. */
  silence: boolean;
  /** The producer sends nothing at all, no heartbeats either. */
  stall: boolean;
}

export const noFaults: Faults = {
  dead_fpga: null,
  dead_layer: null,
  hot_wire: null,
  detector: [],
  late_data: null,
  duplicates: 0,
  garbage: 0,
  silence: false,
  stall: false,
};

/** Maximum rate that viewers may set, rows/s: a small machine can handle it. */
export const maxPracticeRateHz = 100_000;

/** Faults of the detector, as opposed to the data path. */
export const detectorFaults = ["dead_fpga", "dead_layer", "hot_wire", "detector", "garbage"] as const;

/** Whether a fault is switched on. */
export function isActive(faults: Faults, name: keyof Faults): boolean {
  return name === "detector" ? faults.detector.length > 0 : faults[name] !== noFaults[name];
}

/** Names of the faults that are switched on; those of `detector` by their kind. */
export function activeFaults(faults: Faults): string[] {
  return (Object.keys(noFaults) as (keyof Faults)[]).flatMap((name) => {
    if (!isActive(faults, name)) return [];
    return name === "detector" ? faults.detector.map(({ kind }) => kind) : [name];
  });
}
