/** A picture: the histograms of one or several windows, in the form needed for plots. */
import {
  chamberKeysOf,
  muonCountsOf,
  type MuonCounts,
  type WindowMessage,
  type WindowSum,
} from "../../../pipeline/model/index.js";

export interface ChamberPicture {
  /** TDC_CHANNEL of the first cell. */
  firstChannel: number;
  /** TDC_CHANNEL of every cell; consecutive unless the detector file has a list. */
  numbers: readonly number[];
  hits: number;
  /** Hits per cell. */
  channels: number[];
  /** Hits per cell in orbits with a scintillator signal. */
  scintChannels: number[];
  driftEdges: number[];
  drift: number[];
  driftUnderflow: number;
  driftOverflow: number;
  /** Number of orbits by number of distinct active channels. */
  multiplicity: number[];
}

export interface Picture {
  windows: number;
  durationMs: number;
  /** Start of the first and end of the last window, ms; null without windows. */
  startMs: number | null;
  endMs: number | null;
  hits: number;
  orbits: number;
  scintOrbits: number;
  chambers: ChamberPicture[];
  /**
   * Counts of segments, read-out and trigger words, each of one window or of a sum. They are summed only when
   * displayed (see muon-sums). Empty if the windows have none.
   */
  parts: readonly MuonCounts[];
}

/** Common keys of a message and a sum of windows. */
type Histograms = Pick<WindowSum, keyof WindowSum & keyof WindowMessage>;

export function pictureOf(message: WindowMessage): Picture {
  const { start_ms, end_ms } = message.window;
  return {
    ...fromHistograms(message),
    windows: 1,
    durationMs: end_ms - start_ms,
    startMs: start_ms,
    endMs: end_ms,
  };
}

/** The picture of a sum from the bridge, or of a reference. */
export function pictureOfSum(sum: WindowSum): Picture {
  const durationMs = sum.seconds * 1000;
  const { windows, start_ms: startMs, end_ms: endMs } = sum;
  return { ...fromHistograms(sum), windows, durationMs, startMs, endMs };
}

function fromHistograms(from: Histograms): Omit<Picture, "windows" | "durationMs" | "startMs" | "endMs"> {
  const counts = muonCountsOf(from);
  return {
    parts: Object.keys(counts).length === 0 ? [] : [counts],
    hits: from.hit_count,
    orbits: from.orbit_count,
    scintOrbits: from.scint_orbit_count,
    chambers: chamberKeysOf(from).map((key, chamber) => {
      const numbers = from.tdc_counts_chamber[key]?.bin_edges ?? [];
      const drift = from.drift_time_chamber[key];
      return {
        firstChannel: numbers[0] ?? 0,
        numbers,
        hits: from.hit_count_chamber[chamber] ?? 0,
        channels: from.tdc_counts_chamber[key]?.hist_counts ?? [],
        scintChannels: from.scint_tdc_counts_chamber[key]?.hist_counts ?? [],
        driftEdges: drift?.bin_edges ?? [],
        drift: drift?.hist_counts ?? [],
        driftUnderflow: drift?.underflow ?? 0,
        driftOverflow: drift?.overflow ?? 0,
        multiplicity: from.active_tdc_multiplicity_chamber[key] ?? [],
      };
    }),
  };
}

/** The sum of pictures, without those whose bins differ from the last one's. Null without pictures. */
export function sumPictures(pictures: readonly Picture[]): Picture | null {
  const last = pictures.at(-1);
  if (last === undefined) return null;
  const same = pictures.filter((one) => sameBins(one, last));
  if (same.length === 1) return last;
  const { parts: first, ...own } = same[0] as Picture;
  const sum = { ...structuredClone(own), parts: first };
  for (const one of same.slice(1)) addTo(sum, one);
  return { ...sum, parts: same.flatMap(({ parts }) => parts) };
}

function addTo(sum: Picture, one: Picture): void {
  sum.windows += one.windows;
  sum.durationMs += one.durationMs;
  sum.hits += one.hits;
  sum.orbits += one.orbits;
  sum.scintOrbits += one.scintOrbits;
  if (one.startMs !== null) sum.startMs = Math.min(sum.startMs ?? Infinity, one.startMs);
  if (one.endMs !== null) sum.endMs = Math.max(sum.endMs ?? -Infinity, one.endMs);
  sum.chambers.forEach((chamber, i) => addChamber(chamber, one.chambers[i] as ChamberPicture));
}

function addChamber(sum: ChamberPicture, one: ChamberPicture): void {
  sum.hits += one.hits;
  sum.driftUnderflow += one.driftUnderflow;
  sum.driftOverflow += one.driftOverflow;
  addCounts(sum.channels, one.channels);
  addCounts(sum.scintChannels, one.scintChannels);
  addCounts(sum.drift, one.drift);
  addCounts(sum.multiplicity, one.multiplicity);
}

function addCounts(sum: number[], counts: readonly number[]): void {
  for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] as number) + (counts[i] ?? 0);
}

function sameBins(a: Picture, b: Picture): boolean {
  if (a.chambers.length !== b.chambers.length) return false;
  return a.chambers.every((chamber, i) => {
    const other = b.chambers[i];
    return (
      other?.firstChannel === chamber.firstChannel &&
      other.driftEdges.length === chamber.driftEdges.length &&
      other.driftEdges[0] === chamber.driftEdges[0] &&
      other.driftEdges.at(-1) === chamber.driftEdges.at(-1)
    );
  });
}
