/** Segments, timing, read-out and trigger words: the keys of a message from `segment_chamber` to `muons`. */
import type { AxisConfig } from "./detector.js";
import type { MuonKeys } from "./schema/muon-parts.js";

export type {
  BinnedCounts,
  MuonKeys,
  MuonSegment,
  NoiseCounts,
  ReadOutCounts,
  SegmentCounts,
  TimingCounts,
  TriggerWordCounts,
} from "./schema/muon-parts.js";

/** Allowed drift time of a hit in a segment, ns. */
export const driftLimitsNs = { lower: -8, upper: 400 };
/** Maximum slope dx/dz of a segment. */
export const maxSegmentSlope = 1.2;
/** A longer gap between hits of a chamber separates groups. */
export const groupGapNs = 430;
/** A group of more hits, or more combinations of touching cells, is a shower. */
export const maxGroupHits = 24;
export const maxGroupCombinations = 256;
export const maxSegmentsPerGroup = 8;
/** A hit is a repeat if it follows another hit of its cell within this time. */
export const repeatNs = 600;
/** Maximum TDC_MEAS of a hit that can be part of a segment. */
export const maxSegmentTdc = 32;
/** Maximum number of segments in {@link MuonKeys.muons}. */
export const maxSampledSegments = 24;

/** Usual name of the timing input that gives t0; an input with another name is marked in the message. */
export const t0Source = "scintillator";

/** Number of FPGAs and HEADs that a read-out word can encode. */
export const fpgaCount = 8;
export const headCount = 8;

const axis = (lower: number, upper: number, bins: number): AxisConfig => ({ lower, upper, bins });

/** Axes of the histograms, units in their names. */
export const muonAxes = {
  angleDegrees: axis(-50, 50, 50),
  positionMm: axis(-350, 350, 70),
  residualMm: axis(-4, 4, 80),
  t0ScintNs: axis(-200, 200, 80),
  meanTimerNs: axis(300, 500, 100),
  driftTimeNs: axis(0, 500, 50),
  pairMm: axis(-100, 100, 50),
  bx: axis(0, 3564, 66),
  tanPsi: axis(-1.6, 1.6, 64),
  localXMm: axis(-128, 128, 64),
  tanDifference: axis(-0.1, 0.1, 40),
  xDifferenceMm: axis(-4, 4, 80),
  t0DifferenceNs: axis(-20, 20, 40),
} as const;

/**
 * Rows that the ledger counts as unmapped although the detector names their channels: signals of the read-out itself and
 * of timing inputs that do not give t0.
 */
export function knownUnmapped({ read_out, timing }: Partial<MuonKeys>): number {
  const internal = Object.values(read_out ?? {}).flatMap(({ internal }) => Object.values(internal));
  const others = Object.entries(timing ?? {}).map(([name, { signals, gives_t0, coincidence }]) =>
    name === t0Source || gives_t0 === true || coincidence === true ? 0 : signals,
  );
  return [...internal, ...others].reduce((sum, rows) => sum + rows, 0);
}

/** The keys, in the order of the message. */
export const muonKeyNames = [
  "segment_chamber",
  "noise_chamber",
  "chamber_pair",
  "read_out",
  "timing",
  "trigger_words",
  "muons",
] as const satisfies readonly (keyof MuonKeys)[];
