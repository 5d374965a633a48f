/**
 * Faults of the detector: what one is. Types, checks, the practice page and the help come from the table in
 * detector-fault-kinds.ts.
 */
import { detectorFaultKinds } from "./detector-fault-kinds.js";

/** Where a fault is. `first_wire` is the first of four neighbouring wires, `cable` one of 16 channels. */
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

/** What the strength of a fault measures. */
export interface FaultStrength {
  /** What it is, in words. */
  meaning: string;
  unit: string;
  lower: number;
  upper: number;
  /** The strength of a telescope without the fault, at which a slow one begins. */
  neutral: number;
  /** Where none is given. */
  usual: number;
  /** Strengths that a monitor must find, for practice and tests; default: the usual one. */
  examples?: readonly number[];
  /** Only whole numbers. */
  integer?: boolean;
}

export interface FaultKind {
  title: string;
  group: FaultGroup;
  place: readonly FaultPlace[];
  /** A place that may be left out: the fault is everywhere. */
  optional?: FaultPlace;
  /** Null where the fault is either there or not. */
  strength: FaultStrength | null;
  /** What a shifter sees. */
  shows: string;
}

type Kinds = typeof detectorFaultKinds;
export type DetectorFaultKind = keyof Kinds;
export const detectorFaultNames = Object.keys(detectorFaultKinds) as DetectorFaultKind[];

/** The entry of a kind in the table. */
export const faultKind = (kind: DetectorFaultKind): FaultKind => detectorFaultKinds[kind];

/** When a fault is active, in seconds of the source since it was switched on. */
interface FaultTiming {
  /** Default 0. */
  from_s?: number;
  /** Default: until it is switched off. */
  to_s?: number;
  /** The strength is reached in this time, linearly. */
  ramp_s?: number;
  /** It comes and goes: on in the first `duty` of each period; 0.05 s at least. */
  period_s?: number;
  /** Share of the period in which it is on, between 0 and 1; default 0.5. */
  duty?: number;
  /** The times on and off are random, with the means that `period_s` and `duty` give. */
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

/** One fault: its kind, its place, how strong it is (default: the usual strength) and when. */
export type DetectorFault = { [Kind in DetectorFaultKind]: FaultOf<Kind> }[DetectorFaultKind];

/** Any fault, with the places and the strength that its kind has. */
export type AnyDetectorFault = { kind: DetectorFaultKind; strength?: number } & FaultTiming &
  Partial<Record<FaultPlace, number>>;

/** Highest value of a place of a telescope, and its lowest. FPGAs are looked up in its map. */
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
/** Most faults of the detector at a time. */
export const maxDetectorFaults = 16;
/** Longest time in the timing of a fault: 30 days, in s. */
export const maxFaultSeconds = 2_592_000;
export const minFaultPeriodSeconds = 0.05;
