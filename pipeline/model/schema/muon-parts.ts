/** The parts of a window message from `segment_chamber` to `muons`: segments, timing, read-out and trigger words. */
import { cellsPerChamber, layersPerChamber, type AxisConfig } from "../detector.js";
import { fpgaCount, headCount, maxSampledSegments, maxSegmentTdc, muonAxes } from "../muons.js";
import { closed, listOf, lookup, orNull } from "./kit.js";
import { count, definitions, orbitOrNull } from "./message-parts.js";
import { Type, type Static } from "./type.js";

const binnedCountsSchema = Type.Object(
  {
    lower: Type.Number(),
    upper: Type.Number(),
    hist_counts: Type.Array(count(), { minItems: 1 }),
    underflow: count(),
    overflow: count(),
  },
  { ...closed, description: "Histogram of equal bins [lower, upper)." },
);
/** A histogram of equal bins [lower, upper) in the form of a message. */
export interface BinnedCounts extends Static<typeof binnedCountsSchema> {}
const binnedCounts = definitions.add("binnedCounts", binnedCountsSchema);

/** A histogram with this axis. */
function binned({ lower, upper, bins }: AxisConfig, description?: string) {
  return Type.Unsafe<BinnedCounts>({
    ...binnedCounts(),
    type: "object",
    properties: {
      lower: { const: lower },
      upper: { const: upper },
      hist_counts: { type: "array", minItems: bins, maxItems: bins },
    },
    ...(description !== undefined && { description }),
  });
}

const byLayer = () => listOf(count(), layersPerChamber);
const byCell = () => listOf(count(), cellsPerChamber);

const segmentCountsSchema = Type.Object(
  {
    count: count(),
    four_hit: count(),
    three_hit: count(),
    ambiguous: count(),
    showers: count(),
    hits_used: count(),
    layer_found: byLayer(),
    layer_missed: byLayer(),
    cell_found: byCell(),
    cell_missed: byCell(),
    angle: binned(muonAxes.angleDegrees, "Degrees."),
    position: binned(muonAxes.positionMm, "x at z = 0, mm."),
    residual: listOf(binned(muonAxes.residualMm), layersPerChamber, "By layer, mm."),
    t0_scint: binned(muonAxes.t0ScintNs, "ns."),
    mean_timer: listOf(binned(muonAxes.meanTimerNs), 2, "ns."),
    drift_time: listOf(binned(muonAxes.driftTimeNs), layersPerChamber, "By layer, ns."),
  },
  closed,
);
/** Segments of a chamber. Arrays of four are by layer, arrays of 64 by cell. */
export interface SegmentCounts extends Static<typeof segmentCountsSchema> {}
const segmentCounts = definitions.add("segmentCounts", segmentCountsSchema);

const noiseCountsSchema = Type.Object({ hits: count(), cells: byCell(), repeats: count() }, closed);
export interface NoiseCounts extends Static<typeof noiseCountsSchema> {}
const noiseCounts = definitions.add("noiseCounts", noiseCountsSchema);

const pairCountsSchema = Type.Object(
  { expected: count(), found: count(), dx: binned(muonAxes.pairMm, "mm.") },
  closed,
);
const pairCounts = definitions.add("pairCounts", pairCountsSchema);

const readOutSchema = Type.Object(
  {
    heads: listOf(count(), headCount),
    hits: count(),
    orbit_first: orbitOrNull(),
    orbit_last: orbitOrNull(),
    tdc: listOf(count(), maxSegmentTdc + 1),
    bx: binned(muonAxes.bx),
    bx_bits: listOf(count(), 12),
    bx_out: count(),
    /** Hits by internal channel. */
    internal: lookup("^[0-9]+$", count()),
    orbit_steps_back: Type.Optional(count("Only with arrival time.")),
  },
  closed,
);
export interface ReadOutCounts extends Static<typeof readOutSchema> {}
const readOut = definitions.add("readOut", readOutSchema);

const timingCountsSchema = Type.Object(
  {
    signals: count(),
    orbits: count(),
    repeated: count(),
    alone: count(),
    /** `expected` and `found` are absent if the set-up has only one view or no plate. */
    expected: Type.Optional(count()),
    found: Type.Optional(count()),
    /** Present for a source that gives t0 and is not called "scintillator". */
    gives_t0: Type.Optional(Type.Unsafe<true>({ const: true })),
    /** Present for a coincidence of several sources, which is not an input of its own. */
    coincidence: Type.Optional(Type.Unsafe<true>({ const: true })),
  },
  closed,
);
export interface TimingCounts extends Static<typeof timingCountsSchema> {}
const timingCounts = definitions.add("timingCounts", timingCountsSchema);

const triggerWordCountsSchema = Type.Object(
  {
    candidates: count(),
    incomplete: count(),
    repeated: count(),
    tan_psi: binned(muonAxes.tanPsi),
    local_x: binned(muonAxes.localXMm, "mm."),
    layers: listOf(count(), layersPerChamber + 1),
    matched: count(),
    dtan: binned(muonAxes.tanDifference),
    dx: binned(muonAxes.xDifferenceMm, "mm."),
    dt0: binned(muonAxes.t0DifferenceNs, "ns."),
  },
  closed,
);
export interface TriggerWordCounts extends Static<typeof triggerWordCountsSchema> {}
const triggerWordCounts = definitions.add("triggerWordCounts", triggerWordCountsSchema);

const muonSegmentSchema = Type.Object(
  {
    orbit: count(),
    chamber: Type.Integer({ minimum: 0, maximum: 7 }),
    cells: listOf(orNull(Type.Integer({ minimum: 0, maximum: cellsPerChamber - 1 })), layersPerChamber),
    drift_ns: listOf(orNull(Type.Number()), layersPerChamber),
    /** Side of the wire by layer, L or R; - where the layer has no hit. */
    sides: Type.String({ pattern: "^[LR-]{4}$" }),
    /** Time since the start of the orbit. */
    t0_ns: Type.Number(),
    x_mm: Type.Number(),
    tan: Type.Number(),
    residual_mm: Type.Number({ minimum: 0 }),
    /** t0, with the chamber's offset, minus the nearest timing signal; null if the orbit has no signal. */
    timing_ns: orNull(Type.Number()),
  },
  closed,
);
/** A segment for the event display. Arrays are by layer, null where the layer has no hit. */
export interface MuonSegment extends Static<typeof muonSegmentSchema> {}
const muonSegment = definitions.add("muonSegment", muonSegmentSchema);

const byFpga = `^[0-${fpgaCount - 1}]$`;

/** The keys of a message if segments are requested, in the order of the message. */
export const muonKeys = Type.Object({
  segment_chamber: lookup(
    "^[0-7]$",
    segmentCounts(),
    "muon segments of each chamber: found and missed layers and cells, angle, position, residual, times",
  ),
  noise_chamber: lookup("^[0-7]$", noiseCounts(), "hits in no segment, by cell; repeated hits"),
  chamber_pair: lookup(
    "^[0-7]-[0-7](-[0-7])?$",
    pairCounts(),
    "segments expected in a chamber from other chambers of its view, and those found",
  ),
  read_out: lookup(byFpga, readOut(), "of each FPGA: HEADs, TDC and BX spectra, orbits, internal channels"),
  timing: lookup(
    "^[A-Za-z0-9-]+$",
    timingCounts(),
    "of each timing input: signals, orbits, signals expected from segments, and those found",
  ),
  trigger_words: lookup(
    byFpga,
    triggerWordCounts(),
    "of each FPGA: trigger candidates, their slope, position and layers, and how they agree with segments",
  ),
  muons: Type.Array(muonSegment(), {
    maxItems: maxSampledSegments,
    description: `up to ${maxSampledSegments} segments for an event display`,
  }),
});
export interface MuonKeys extends Static<typeof muonKeys> {}
