/** Dead time of the read-out: times without any hit, between which the hits are as frequent as usual. */
import type { WindowMessage } from "../../../../pipeline/model/index.js";

interface SilentTime {
  /** Fraction of the window. */
  fraction: number;
  gaps: number;
  /** Mean length of a gap, ms. */
  gapMs: number;
}

/** Gaps are counted as long if this fraction of them, e^-n, is longer at a constant rate. */
const rarities = [5, 7, 10];
/** Standard deviations by which their number must exceed that of a constant rate; so there are at least as many. */
const significance = 6;
const leastFraction = 0.1;
/** With fewer orbits, long gaps are not distinguished from chance. */
const leastOrbits = 50;

/**
 * At a constant rate, the number of bins from one with hits to the next has a geometric distribution, whose parameter
 * follows from its median. The gaps of a read-out that stops are longer.
 * @returns null if the hits of all FPGAs together have no such gaps
 */
export function silentTime({ active_tdc_chamber: active, window }: WindowMessage): SilentTime | null {
  const gaps = gapsOf(active, widthOf(active));
  const n = gaps.length;
  if (n < leastOrbits) return null;
  const median = gaps.toSorted((a, b) => a - b)[n >> 1] as number;
  const longer = gaps.filter((gap) => gap > median).length / n;
  /** Probability that a bin has no hits. */
  const empty = longer ** (1 / median);
  const mean = 1 / (1 - empty);
  for (const rarity of rarities) {
    const limit = Math.max(2, Math.ceil(rarity / -Math.log(empty)));
    const expected = n * empty ** limit;
    const long = gaps.filter((gap) => gap > limit);
    const number = long.length - expected;
    // A stop also lengthens the time to the last hit before it and to the first one after it.
    const silent = sumOf(long) - expected * (limit + mean) - 2 * number * mean;
    const fraction = silent / sumOf(gaps);
    if (number < significance * Math.sqrt(expected + 1) || fraction < leastFraction) continue;
    const count = Math.round(number);
    return { fraction, gaps: count, gapMs: (fraction * (window.end_ms - window.start_ms)) / count };
  }
  return null;
}

type Active = WindowMessage["active_tdc_chamber"];

/** Width of the widest bins, orbits: with many orbits, a chamber has wider ones. */
const widthOf = (active: Active): number =>
  Math.max(...Object.values(active).map(({ orbits_per_bin: orbits }) => orbits));

/** Numbers of bins of this width from one with hits to the next. */
function gapsOf(active: Active, width: number): number[] {
  const bins = Object.values(active).flatMap(({ bin_edges }) =>
    bin_edges.map((orbit) => Math.floor(orbit / width)),
  );
  const sorted = [...new Set(bins)].sort((a, b) => a - b);
  return sorted.slice(1).map((bin, i) => bin - (sorted[i] as number));
}

/** Distance of the good windows that are kept. */
const keptEvery = 4;
const mostKept = 24;
const fewestGaps = 200;
/** Part of the gaps in good data that is called short. */
const shortPart = 0.25;
/** Hits of one muon are not independent. */
const clustering = 2;
/** Logarithm of the likelihood ratio from which one of the two is taken for certain. */
const certain = 6;

/**
 * Distinguishes a read-out that stops for parts of the time from a lower rate: in the remaining time, the hits follow
 * each other as fast as in good data. At a rate of r times normal, a gap is longer than s with the r-th power of the
 * probability in good data, for whatever structure in time the rate has. Bunches that are lost as a whole look like
 * dead time.
 */
export class DeadTime {
  private kept: Active[] = [];
  private good = 0;
  /** The gaps of the kept windows in bins of this width, ascending; null until they are needed. */
  private usual: { width: number; gaps: readonly number[] } | null = null;
  /** Logarithm of the likelihood ratio: dead time over a lower rate. */
  private evidence = 0;
  private newestId = -1;
  private named = false;

  /** Adds a window without faults. */
  putGood({ active_tdc_chamber: active }: WindowMessage): void {
    if (this.good % keptEvery === 0) {
      this.kept = [...this.kept, active].slice(-mostKept);
      this.usual = null;
    }
    this.good += 1;
  }

  /** Forgets the windows with a lower rate. */
  forget(): void {
    this.evidence = 0;
    this.named = false;
  }

  /**
   * Adds a window with a lower rate.
   * @param ratio the rate relative to good data, below 1
   * @returns whether the windows with a lower rate show dead time; if they have once shown it, until they show otherwise
   */
  isShown(message: WindowMessage, ratio: number): boolean {
    if (message.msg_ID !== this.newestId) this.evidence += this.evidenceOf(message, ratio);
    this.newestId = message.msg_ID;
    if (Math.abs(this.evidence) > certain) this.named = this.evidence > 0;
    return this.named;
  }

  private evidenceOf({ active_tdc_chamber: active }: WindowMessage, ratio: number): number {
    const width = Math.max(...[active, ...this.kept].map(widthOf));
    const gaps = gapsOf(active, width);
    const usual = this.usualGaps(width);
    if (usual.length < fewestGaps) return 0;
    const [short, longest] = [usual[Math.floor(shortPart * usual.length)] as number, usual.at(-1) as number];
    // Longer gaps are those of a stop; the others are compared.
    const compared = gaps.filter((gap) => gap <= longest);
    const n = compared.length;
    const k = compared.filter((gap) => gap <= short).length;
    const usualLong = clip(usual.filter((gap) => gap > short).length / usual.length);
    const beyond = usual.length ** -ratio;
    const lowerLong = clip((usualLong ** ratio - beyond) / (1 - beyond));
    const likelihoods =
      (n - k) * Math.log(usualLong / lowerLong) + k * Math.log((1 - usualLong) / (1 - lowerLong));
    return likelihoods / clustering;
  }

  private usualGaps(width: number): readonly number[] {
    if (this.usual?.width !== width) {
      const gaps = this.kept.flatMap((one) => gapsOf(one, width)).sort((a, b) => a - b);
      this.usual = { width, gaps };
    }
    return this.usual.gaps;
  }
}

const clip = (fraction: number): number => Math.min(0.999, Math.max(0.001, fraction));

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
