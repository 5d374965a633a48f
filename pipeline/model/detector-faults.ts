/**
 * The type of a detector fault. Types, checks, the practice page and the help are derived from the table in
 * detector-fault-kinds.ts.
 */
import { detectorFaultKinds } from "./detector-fault-kinds.js";

/** Location of a fault. `first_wire` is the first of four neighbouring wires, `cable` one of 16 channels. */
export type FaultPlace =
  | "fpga"
  | "chamber"
  | "layer"
  | "first_wire"
  | "cell"
  | "cable"
  | "tdc_bit"
  | "bx_bit"
  | "head"
  | "other_chamber"
  | "other_layer"
  | "other_cable";

export type FaultGroup =
  "loss" | "rate" | "time" | "cabling" | "noise" | "read-out" | "orbit" | "timing" | "words";

/** The strength of a fault: its quantity and its range. */
export interface FaultStrength {
  /** The quantity in words. */
  meaning: string;
  unit: string;
  lower: number;
  upper: number;
  /** The strength that has no effect; a ramp starts at this value. */
  neutral: number;
  /** Default. */
  usual: number;
  /** Strengths that the monitor must detect, for practice and tests; default: `usual`. */
  examples?: readonly number[];
  /** Whether the strength must be a whole number. */
  integer?: boolean;
}

export interface FaultKind {
  title: string;
  group: FaultGroup;
  place: readonly FaultPlace[];
  /** A place that may be omitted; without it the fault applies everywhere. */
  optional?: FaultPlace;
  /** Null for a fault that is either on or off. */
  strength: FaultStrength | null;
  /** What a shifter sees. */
  shows: string;
}

type Kinds = typeof detectorFaultKinds;
export type DetectorFaultKind = keyof Kinds;
export const detectorFaultNames = Object.keys(detectorFaultKinds) as DetectorFaultKind[];

/** The entry of a kind in the table. */
export const faultKind = (kind: DetectorFaultKind): FaultKind => detectorFaultKinds[kind];

/** When a fault is active, in seconds of source time since it was switched on. */
interface FaultTiming {
  /** Default 0. */
  from_s?: number;
  /** Default: until it is switched off. */
  to_s?: number;
  /** Time over which the strength changes linearly from neutral to its full value. */
  ramp_s?: number;
  /** Makes the fault intermittent: it is on in the first `duty` of each period of this length; at least 0.05 s. */
  period_s?: number;
  /** Share of the period in which it is on, between 0 and 1; default 0.5. */
  duty?: number;
  /** On and off times are random; `period_s` and `duty` define their means. */
  random?: boolean;
}

type OptionalPlaceOf<Kind extends DetectorFaultKind> = Kinds[Kind] extends {
  optional: infer Place extends FaultPlace;
}
  ? Place
  : never;

type FaultOf<Kind extends DetectorFaultKind> = { kind: Kind } & Record<Kinds[Kind]["place"][number], number> &
  Partial<Record<OptionalPlaceOf<Kind>, number>> &
  FaultTiming &
  (Kinds[Kind]["strength"] extends null ? object : { strength?: number });

/** One fault: kind, place, strength (default: the usual one) and timing. */
export type DetectorFault = { [Kind in DetectorFaultKind]: FaultOf<Kind> }[DetectorFaultKind];

/** A fault of any kind; its kind determines which places it has, and whether it has a strength. */
export type AnyDetectorFault = { kind: DetectorFaultKind; strength?: number } & FaultTiming &
  Partial<Record<FaultPlace, number>>;

/** Lowest and highest value of each place. FPGAs are not listed: the telescope's map defines them. */
export const faultPlaceLimits: Readonly<Record<Exclude<FaultPlace, "fpga">, readonly [number, number]>> = {
  chamber: [0, 3],
  layer: [1, 4],
  first_wire: [0, 12],
  cell: [0, 63],
  cable: [0, 3],
  tdc_bit: [0, 4],
  bx_bit: [0, 11],
  head: [0, 5],
  other_chamber: [0, 3],
  other_layer: [1, 4],
  other_cable: [0, 3],
};
/** Maximum number of simultaneous detector faults. */
export const maxDetectorFaults = 16;
/** Longest time in the timing of a fault: 30 days, in s. */
export const maxFaultSeconds = 2_592_000;
export const minFaultPeriodSeconds = 0.05;
