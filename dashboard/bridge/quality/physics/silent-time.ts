/** Time without any hit, which a read-out with dead time leaves between the hits. */
import type { ActiveChannels, DetectorConfig, WindowMessage } from "../../../../pipeline/model/index.js";

export interface SilentTime {
  /** Fraction of the window. */
  fraction: number;
  gaps: number;
  /** Mean length of a gap, ms. */
  gapMs: number;
}

/** Gaps are counted as long if this fraction of them, e^-n, is longer at a constant rate. */
const rarities = [5, 7, 10];
/** Standard deviations by which their number must exceed that of a constant rate. */
const significance = 6;
const leastGaps = 3;
const leastFraction = 0.05;
/** With fewer orbits, long gaps are not distinguished from chance. */
const leastOrbits = 100;

/**
 * At a constant rate, the number of bins from one with hits to the next has a geometric distribution, whose parameter
 * follows from its median. The gaps of a read-out that stops are longer.
 * @returns null if the hits of any FPGA have no such gaps
 */
export function silentTime({ chambers }: DetectorConfig, message: WindowMessage): SilentTime | null {
  const fpgas = [...new Set(chambers.map(({ fpga }) => fpga))];
  const found = fpgas.map((fpga) =>
    silentOf(
      chambers.flatMap((chamber, i) =>
        chamber.fpga === fpga ? (message.active_tdc_chamber[String(i)] ?? []) : [],
      ),
      message.window,
    ),
  );
  if (found.includes(null)) return null;
  return (found as SilentTime[]).reduce((a, b) => (a.gaps > b.gaps ? a : b));
}

function silentOf(
  active: readonly ActiveChannels[],
  { start_ms, end_ms }: WindowMessage["window"],
): SilentTime | null {
  const width = Math.max(...active.map(({ orbits_per_bin: orbits }) => orbits));
  const bins = active.flatMap(({ bin_edges }) => bin_edges.map((orbit) => Math.floor(orbit / width)));
  const sorted = [...new Set(bins)].sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((bin, i) => bin - (sorted[i] as number));
  const n = gaps.length;
  if (n < leastOrbits) return null;
  const median = gaps.toSorted((a, b) => a - b)[n >> 1] as number;
  const longer = gaps.filter((gap) => gap > median).length / n;
  /** Probability that a bin has no hits. */
  const empty = longer ** (1 / median);
  const whole = (sorted.at(-1) as number) - (sorted[0] as number);
  for (const rarity of rarities) {
    const limit = Math.max(2, Math.ceil(rarity / -Math.log(empty)));
    const expected = n * empty ** limit;
    const long = gaps.filter((gap) => gap > limit);
    const number = long.length - expected;
    const mean = 1 / (1 - empty);
    const fraction = (sumOf(long) - long.length * mean - expected * limit) / whole;
    if (number < Math.max(leastGaps, significance * Math.sqrt(expected + 1)) || fraction < leastFraction)
      continue;
    const count = Math.round(number);
    return { fraction, gaps: count, gapMs: (fraction * (end_ms - start_ms)) / count };
  }
  return null;
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
