/** The facts of a window that the rules need, as one vector that can be summed. */
import {
  cellsPerChamber,
  chamberKeysOf,
  knownUnmapped,
  ledgerGap,
  maxChambers,
  type SourceRanges,
  type WindowMessage,
} from "../../../pipeline/model/index.js";

/** Number of cells of the largest set-up: every vector has room for them, so that all have the same layout. */
export const cellCount = maxChambers * cellsPerChamber;

/**
 * Indices of the single numbers, after the cells. Unmapped rows are of channels that the detector file does not name.
 */
export const at = {
  rows: cellCount,
  malformed: cellCount + 1,
  unmapped: cellCount + 2,
  scintillator: cellCount + 3,
  hits: cellCount + 4,
  orbits: cellCount + 5,
  scintOrbits: cellCount + 6,
  ms: cellCount + 7,
  drift: cellCount + 8,
} as const;

export interface WindowFacts {
  id: number;
  startMs: number;
  endMs: number;
  partial: boolean;
  /** Whether the windows are in detector time, not in arrival time. */
  isDetectorTime: boolean;
  /** Hits of the cells, the numbers {@link at}, then drift times: shape (512 + 8 + 8 x bins). */
  vector: Float64Array;
  /** Hits per chamber. */
  chamberHits: number[];
  driftBins: number;
  /** First edge and width of the drift-time bins, ns. */
  driftLowerNs: number;
  driftWidthNs: number;
  ledgerGap: number;
  orbitFirst: number | null;
  orbitLast: number | null;
  sources: SourceRanges[];
}

export function factsOf(message: WindowMessage): WindowFacts {
  const { ledger, window } = message;
  const edges = message.drift_time_chamber["0"].bin_edges;
  const driftBins = edges.length - 1;
  const vector = new Float64Array(at.drift + maxChambers * driftBins);
  chamberKeysOf(message).forEach((key, chamber) => {
    vector.set(message.tdc_counts_chamber[key]?.hist_counts ?? [], chamber * cellsPerChamber);
    const drift = message.drift_time_chamber[key]?.hist_counts ?? [];
    vector.set(drift.slice(0, driftBins), at.drift + chamber * driftBins);
  });
  vector[at.rows] = ledger.rows;
  vector[at.malformed] = ledger.malformed;
  vector[at.unmapped] = ledger.unmapped - knownUnmapped(message);
  vector[at.scintillator] = ledger.scintillator;
  vector[at.hits] = message.hit_count;
  vector[at.orbits] = message.orbit_count;
  vector[at.scintOrbits] = message.scint_orbit_count;
  vector[at.ms] = window.end_ms - window.start_ms;
  return {
    id: message.msg_ID,
    startMs: window.start_ms,
    endMs: window.end_ms,
    partial: message.partial,
    isDetectorTime: window.time === "detector",
    vector,
    chamberHits: message.hit_count_chamber,
    driftBins,
    driftLowerNs: edges[0] ?? 0,
    driftWidthNs: (edges[1] ?? 1) - (edges[0] ?? 0),
    ledgerGap: ledgerGap(ledger),
    orbitFirst: message.orbit_first,
    orbitLast: message.orbit_last,
    sources: message.sources,
  };
}

/** A window is whole if the time without hits is shorter than this fraction, or this number of mean distances of orbits. */
const [shortPart, shortDistances] = [0.01, 20];

/** Whether the orbits of the hits cover the window; if not, the data probably began or ended within it. */
export function isWhole(message: WindowMessage, orbitNs: number): boolean {
  return partWithoutHits(message, orbitNs) <= Math.max(shortPart, shortDistances / message.orbit_count);
}

/** A part of this size would raise an alarm of a low rate. */
const cutPart = 0.1;

/** Whether the orbits of the hits leave a large part of the window uncovered. */
export function isCutWindow(message: WindowMessage, orbitNs: number): boolean {
  return partWithoutHits(message, orbitNs) > Math.max(cutPart, shortDistances / message.orbit_count);
}

function partWithoutHits(
  { window, orbit_first: first, orbit_last: last }: WindowMessage,
  orbitNs: number,
): number {
  if (first === null || last === null) return 1;
  return 1 - ((last - first) * orbitNs) / 1e6 / (window.end_ms - window.start_ms);
}

/** Hits of the cells of a chamber. */
export function cellsOf(vector: Float64Array, chamber: number): Float64Array {
  return vector.subarray(chamber * cellsPerChamber, (chamber + 1) * cellsPerChamber);
}

/** Drift times of a chamber. */
export function driftOf(vector: Float64Array, chamber: number): Float64Array {
  const bins = (vector.length - at.drift) / maxChambers;
  return vector.subarray(at.drift + chamber * bins, at.drift + (chamber + 1) * bins);
}
