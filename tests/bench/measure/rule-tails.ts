/**
 * The tail of each rule in good data: the significance z of its readings, compared with the z that an alarm needs. Only readings
 * beyond the rule's limit count. The readings of one place within two minutes are one fluctuation, so only the highest counts
 * (a peak). The tail is fitted to the highest peaks: beyond the lowest of them, z² is taken as exponential with the measured
 * mean (2 for a normal z). A rule that underestimates its variance has a large width and a high rate.
 */
import type { Reading } from "../../../dashboard/bridge/quality/physics/search.js";

interface Tail {
  readings: number;
  neededZ: number;
  /** Highest z of all readings, within and beyond the limit. */
  highestZ: number;
  /** z of the peaks beyond the limit. */
  peaks: number[];
}

interface Peak {
  name: string;
  z: number;
  block: number;
}

const windowsPerWeek = (7 * 24 * 3600) / 5;
const windowsOfPeak = 24;
/** Number of peaks that define the tail, and minimum number for measuring its width. */
const [mostPeaks, fewestPeaks] = [30, 8];

interface TailRate {
  /** Variance of z: 1 for a normal distribution. */
  width: number;
  perWeek: number;
}

export class RuleTails {
  private readonly tails = new Map<string, Tail>();
  private readonly open = new Map<string, Peak>();
  private windows = 0;

  /** Counts a judged window. */
  pass(): void {
    this.windows += 1;
  }

  take(key: string, { z, beyond }: Reading, neededZ: number): void {
    const name = key.replace(/ .*$/, "");
    let tail = this.tails.get(name);
    if (tail === undefined) this.tails.set(name, (tail = { readings: 0, neededZ, highestZ: 0, peaks: [] }));
    tail.readings += 1;
    tail.highestZ = Math.max(tail.highestZ, z);
    if (!beyond || z <= 0) return;
    const block = Math.floor(this.windows / windowsOfPeak);
    const peak = this.open.get(key);
    if (peak?.block === block) {
      peak.z = Math.max(peak.z, z);
      return;
    }
    if (peak !== undefined) tail.peaks.push(peak.z);
    this.open.set(key, { name, z, block });
  }

  /** Rates by quantity. */
  rates(): Map<string, TailRate> {
    for (const { name, z } of this.open.values()) this.tails.get(name)?.peaks.push(z);
    this.open.clear();
    const weeks = this.windows / windowsPerWeek;
    return new Map(
      [...this.tails].map(([name, { peaks, neededZ }]) => [name, rateOf(peaks, neededZ, weeks)]),
    );
  }

  table(): string {
    const rates = this.rates();
    let week = 0;
    const lines = [...this.tails]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { readings, neededZ, highestZ, peaks }]) => {
        const { width, perWeek } = rates.get(name) as TailRate;
        week += perWeek;
        const highest = peaks.length === 0 ? "-" : Math.max(...peaks).toFixed(1);
        const rate = peaks.length === 0 ? "no peaks" : perWeek.toExponential(1);
        return `| ${[name, readings, highestZ.toFixed(1), peaks.length, highest, width.toFixed(1), neededZ, rate].join(" | ")} |`;
      });
    const head = [
      "quantity",
      "readings",
      "highest z",
      "peaks beyond limit",
      "highest z of peaks",
      "width",
      "needed z",
      "per week",
    ];
    return [
      `| ${head.join(" | ")} |`,
      `|${" --- |".repeat(head.length)}`,
      ...lines,
      "",
      `total ${week.toPrecision(2)} per week`,
    ].join("\n");
  }
}

/** @param weeks duration in which the peaks occurred */
function rateOf(peaks: readonly number[], neededZ: number, weeks: number): TailRate {
  const highest = [...peaks].sort((a, b) => b - a).slice(0, mostPeaks);
  const lowest = highest.at(-1);
  if (lowest === undefined) return { width: 1, perWeek: 0 };
  const above = highest.slice(0, -1).map((z) => z ** 2 - lowest ** 2);
  const width =
    highest.length < fewestPeaks ? 1 : above.reduce((sum, excess) => sum + excess, 0) / above.length / 2;
  const perWeek =
    (highest.length / weeks) * Math.exp((lowest ** 2 - neededZ ** 2) / (2 * Math.max(width, 1e-3)));
  return { width, perWeek };
}
