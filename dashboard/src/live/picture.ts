/** A picture: the histograms of one or of many windows, ready to be drawn. */
import { chamberKeys, type WindowMessage } from "../../../pipeline/model/index.js";

export interface ChamberPicture {
  /** TDC_CHANNEL of the first cell. */
  firstChannel: number;
  hits: number;
  /** Hits per cell. */
  channels: number[];
  /** The same, only hits of orbits with a scintillator signal. */
  scintChannels: number[];
  driftEdges: number[];
  drift: number[];
  driftUnderflow: number;
  driftOverflow: number;
  /** Orbits by number of distinct active channels. */
  multiplicity: number[];
}

export interface Picture {
  windows: number;
  durationMs: number;
  hits: number;
  orbits: number;
  scintOrbits: number;
  chambers: ChamberPicture[];
}

export function pictureOf(message: WindowMessage): Picture {
  return {
    windows: 1,
    durationMs: message.window.end_ms - message.window.start_ms,
    hits: message.hit_count,
    orbits: message.orbit_count,
    scintOrbits: message.scint_orbit_count,
    chambers: chamberKeys.map((key, chamber) => ({
      firstChannel: message.tdc_counts_chamber[key].bin_edges[0] ?? 0,
      hits: message.hit_count_chamber[chamber] ?? 0,
      channels: message.tdc_counts_chamber[key].hist_counts,
      scintChannels: message.scint_tdc_counts_chamber[key].hist_counts,
      driftEdges: message.drift_time_chamber[key].bin_edges,
      drift: message.drift_time_chamber[key].hist_counts,
      driftUnderflow: message.drift_time_chamber[key].underflow,
      driftOverflow: message.drift_time_chamber[key].overflow,
      multiplicity: message.active_tdc_multiplicity_chamber[key],
    })),
  };
}

/** `a` plus `sign` times `b`. Pictures of other bins cannot be added: then `b` alone is the answer. */
export function addPictures(a: Picture, b: Picture, sign: 1 | -1 = 1): Picture {
  if (!sameBins(a, b)) return b;
  return {
    windows: a.windows + sign * b.windows,
    durationMs: a.durationMs + sign * b.durationMs,
    hits: a.hits + sign * b.hits,
    orbits: a.orbits + sign * b.orbits,
    scintOrbits: a.scintOrbits + sign * b.scintOrbits,
    chambers: a.chambers.map((chamber, i) => addChambers(chamber, b.chambers[i] as ChamberPicture, sign)),
  };
}

/** The sum of the windows; null without any. */
export function sumPictures(messages: readonly WindowMessage[]): Picture | null {
  const [first, ...others] = messages.map(pictureOf);
  return first === undefined ? null : others.reduce((sum, one) => addPictures(sum, one), first);
}

function addChambers(a: ChamberPicture, b: ChamberPicture, sign: 1 | -1): ChamberPicture {
  const add = (x: number[], y: number[]): number[] => x.map((value, i) => value + sign * (y[i] ?? 0));
  return {
    firstChannel: b.firstChannel,
    driftEdges: b.driftEdges,
    hits: a.hits + sign * b.hits,
    channels: add(a.channels, b.channels),
    scintChannels: add(a.scintChannels, b.scintChannels),
    drift: add(a.drift, b.drift),
    driftUnderflow: a.driftUnderflow + sign * b.driftUnderflow,
    driftOverflow: a.driftOverflow + sign * b.driftOverflow,
    multiplicity: add(a.multiplicity, b.multiplicity),
  };
}

function sameBins(a: Picture, b: Picture): boolean {
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
