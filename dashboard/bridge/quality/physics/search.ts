/**
 * Judges quantities over spans of windows. A fault is found in the shortest span with sufficient counts, and stays
 * active while the newest windows are closer to the fault than to good data. After its end only newer windows are
 * used, so that neither a fault nor its repair is found twice. Time is counted in windows only.
 */
import { ladder, type SlidingSums } from "./sliding-sums.js";

/** Reading of a quantity in one span. */
export interface Reading {
  value: number;
  /** One standard deviation of the value. */
  sigma: number;
  /** Worst value in good data. */
  good: number;
  /** Standard deviations by which the counts contradict good data, never negative. */
  z: number;
  /** Whether the value is beyond the limit of the rules. */
  beyond: boolean;
  /** For a fraction: the number of independent trials. */
  trials?: number;
  /** Whether the value is so far from the limit that longer spans need not be tried; see {@link isFarFrom}. */
  isClear?: boolean;
}

/** A value that is this many standard deviations on the good side of the limit is certainly good. */
const clearSigmas = 6;

export const isFarFrom = (limit: number, value: number, sigma: number): boolean =>
  Math.abs(value - limit) > clearSigmas * sigma;

export interface Found extends Reading {
  key: string;
  windows: number;
  /** The sum in which it was found; valid until the next window. */
  sum: Float64Array;
}

interface ClearestReading extends Reading {
  windows: number;
}

interface ActiveFault {
  /** The newest reading that contradicts good data. */
  reading: Reading;
  /** The most significant reading, with which the newest windows are compared: later ones may include good data. */
  clearest: ClearestReading;
  /** Number of windows taken when it was found. */
  since: number;
  /** Length of the span in which it was found, in windows. */
  windows: number;
  domains: readonly string[];
  /** See {@link SpanSearch.note}. */
  notes: Map<string, number>;
}

/** The domain of the whole telescope, part of all searches. */
export const everywhere = "all";
/** Below this fraction of the distance from good data to the fault, the fault is over regardless of the counts. */
const surelyBack = 0.25;
/** Above this many standard deviations from good data, half of the distance does not end the fault. */
const doubtful = 3;
/**
 * Logarithm of the likelihood ratio by which one window must be good rather than faulty, because few counts may be close
 * to good data by chance. A span of n windows needs ln n less: it is n times as long until the next independent one.
 */
const surelyGood = 7;
/** Older windows have a fault from this part of its distance from good data, and from this significance. */
const [begunPart, begunZ] = [0.35, 1.5];
/** Maximum number of windows that describe an active fault. */
const describedWindows = 12;

/** Called with each reading in data without findings and the z required for a finding, to measure false alarms. */
export type ReadingObserver = (key: string, reading: Reading, neededZ: number) => void;

interface SearchOptions {
  /** Shortest span, in windows; default 1. */
  least?: number;
  /** Standard deviations required for a finding. */
  z: number;
  /** If a good value has a smaller error than this, longer spans are not tried. */
  fine?: number;
  /**
   * For flickering faults: half of the distance does not end the fault while the counts still contradict good data.
   */
  slowToClear?: boolean;
  /** Whether other counts of a span confirm the fault, so that it does not end there. */
  isConfirmed?: (sum: Float64Array) => boolean;
}

export class SpanSearch {
  private readonly active = new Map<string, ActiveFault>();
  /** Number of windows, by domain, in which the faults found in this window have probably begun. */
  private readonly begun = new Map<string, number>();
  private readonly epochs = new Map<string, number>();
  /** Active keys that a rule used in this window. */
  private touched = new Set<string>();

  constructor(
    private readonly sums: SlidingSums,
    private readonly observe: ReadingObserver | null = null,
  ) {}

  /** Call it before the rules judge a new window. */
  begin(): void {
    this.touched = new Set();
    this.begun.clear();
  }

  /** Call it after them: forgets the keys that no rule used. */
  end(): void {
    for (const [key, { domains }] of this.active) {
      if (this.touched.has(key)) continue;
      this.active.delete(key);
      this.restart(domains, 1);
    }
  }

  /** Number of windows that may be used for these domains: those since the last repair in any of them. */
  windowsOf(domains: readonly string[]): number {
    let from = this.epochs.get(everywhere) ?? 0;
    for (const domain of domains) from = Math.max(from, this.epochs.get(domain) ?? 0);
    return Math.min(this.sums.windows, this.sums.taken - from);
  }

  /** Number of newest windows in which the faults that were found in this window have probably begun; 0 if none was. */
  begunIn(domains: readonly string[]): number {
    const places = domains.includes(everywhere) ? [...this.begun.keys()] : domains;
    return Math.max(0, ...places.map((domain) => this.begun.get(domain) ?? 0));
  }

  /** Whether any fault is active in a domain: then its rules must not be skipped. */
  isBusy(domain: string): boolean {
    for (const { domains } of this.active.values()) if (domains.includes(domain)) return true;
    return false;
  }

  /** Whether a cheap test finds any span that is worth a search. */
  some(domain: string, isOdd: (sum: Float64Array) => boolean): boolean {
    if (this.isBusy(domain)) return true;
    const available = this.windowsOf([domain]);
    for (let step = 0; step < ladder.length && (ladder[step] as number) <= available; step += 1)
      if (isOdd(this.sums.sum(step))) return true;
    return false;
  }

  has(key: string): boolean {
    return this.active.has(key);
  }

  /** Keeps a number with an active fault until it ends. */
  note(key: string, name: string, value: number): void {
    this.active.get(key)?.notes.set(name, value);
  }

  noteOf(key: string, name: string): number | null {
    return this.active.get(key)?.notes.get(name) ?? null;
  }

  /** Ends a finding, because another quantity of the same fault is good again. */
  drop(key: string): void {
    this.active.delete(key);
  }

  /** Ends the findings whose keys have this prefix, because their cause has ended; they must be found again. */
  forget(prefix: string): void {
    for (const key of this.active.keys()) if (key.startsWith(prefix)) this.active.delete(key);
  }

  /** From now on, only the newest `windows` windows and later ones are used for these domains. */
  restart(domains: readonly string[], windows: number): void {
    for (const domain of domains) this.epochs.set(domain, this.sums.taken - windows);
  }

  /**
   * Ends all findings in these domains, because their fault is over; only the newest `windows` windows and later ones
   * are used from now on.
   */
  release(domains: readonly string[], windows: number): void {
    const all = domains.includes(everywhere);
    for (const [key, fault] of this.active)
      if (all || fault.domains.every((domain) => domains.includes(domain))) this.active.delete(key);
    this.restart(domains, windows);
  }

  /**
   * @param key name of the quantity with its place
   * @param domains affected parts of the telescope
   * @param read reads the quantity in a span; null if counts are too few
   */
  find(
    key: string,
    domains: readonly string[],
    read: (sum: Float64Array) => Reading | null,
    options: SearchOptions,
  ): Found | null {
    const fault = this.active.get(key);
    if (fault !== undefined) {
      this.touched.add(key);
      return this.keep(key, fault, read, options);
    }
    const { least = 1, z, fine = 0 } = options;
    const available = this.windowsOf(domains);
    for (let step = 0; step < ladder.length; step += 1) {
      const windows = ladder[step] as number;
      if (windows > available) return null;
      if (windows < least) continue;
      const sum = this.sums.sum(step);
      const reading = read(sum);
      if (reading === null) continue;
      this.observe?.(key, reading, z);
      if (!reading.beyond && (reading.sigma < fine || reading.isClear === true)) return null;
      if (!reading.beyond || reading.z < z) continue;
      this.touched.add(key);
      this.active.set(key, {
        reading,
        clearest: { ...reading, windows },
        since: this.sums.taken,
        windows,
        domains,
        notes: new Map(),
      });
      const begun = this.beginOf(reading, step, available, read);
      for (const domain of domains) this.begun.set(domain, Math.max(begun, this.begun.get(domain) ?? 0));
      return { ...reading, key, windows, sum };
    }
    return null;
  }

  /**
   * A weak fault is found when a short span is farther from good data by chance. It has begun in the longest span whose
   * older windows are also on the side of the fault.
   */
  private beginOf(
    found: Reading,
    foundStep: number,
    available: number,
    read: (sum: Float64Array) => Reading | null,
  ): number {
    const newest = this.sums.sum(foundStep);
    const older = new Float64Array(newest.length);
    for (let step = ladder.length - 1; step > foundStep; step -= 1) {
      const windows = ladder[step] as number;
      if (windows > available) continue;
      const sum = this.sums.sum(step);
      for (let i = 0; i < older.length; i += 1) older[i] = (sum[i] as number) - (newest[i] as number);
      const reading = read(older);
      if (reading === null || reading.z < begunZ) continue;
      const part = (reading.value - reading.good) / (found.value - found.good);
      if (part > begunPart) return windows;
    }
    return ladder[foundStep] as number;
  }

  /** Keeps a finding active while the newest windows are closer to the fault than to good data. */
  private keep(
    key: string,
    fault: ActiveFault,
    read: (sum: Float64Array) => Reading | null,
    { slowToClear = false, isConfirmed }: SearchOptions,
  ): Found | null {
    const sinceFound = this.sums.taken - fault.since;
    for (let step = 0; step < ladder.length; step += 1) {
      const windows = ladder[step] as number;
      if (windows > this.sums.windows) break;
      const newest = read(this.sums.sum(step));
      if (newest === null) continue;
      const { value } = fault.clearest;
      const toFault = value - newest.good;
      const part = toFault === 0 ? 1 : (newest.value - newest.good) / toFault;
      // For such a fault, half of the distance ends it only if the counts no longer contradict good data.
      if (part >= (slowToClear && newest.z > doubtful ? surelyBack : 0.5)) break;
      if (evidenceForGood(newest, windows, fault.clearest) < surelyGood - Math.log(windows)) continue;
      if (newest.beyond || isConfirmed?.(this.sums.sum(step)) === true) break;
      this.active.delete(key);
      // The older half of these windows may belong to the fault.
      this.restart(fault.domains, Math.max(1, windows >> 1));
      return null;
    }
    return this.describe(key, fault, read, sinceFound);
  }

  private describe(
    key: string,
    fault: ActiveFault,
    read: (sum: Float64Array) => Reading | null,
    sinceFound: number,
  ): Found | null {
    const most = Math.min(describedWindows, sinceFound + fault.windows, this.sums.windows);
    const step = Math.max(
      0,
      ladder.findLastIndex((windows) => windows <= most),
    );
    const windows = ladder[step] as number;
    const sum = this.sums.sum(step);
    const reading = read(sum);
    if (reading !== null && reading.z > 0) fault.reading = reading;
    if (reading !== null && reading.z > fault.clearest.z) fault.clearest = { ...reading, windows };
    return { ...fault.reading, key, windows, sum };
  }
}

/**
 * Logarithm of the ratio of two likelihoods: that the newest reading is of good data, and that it is of the same fault as
 * the clearest one. The value of the fault is the one that fits both best, because the clearest reading alone is farther
 * from good data than the fault.
 */
function evidenceForGood(newest: Reading, windows: number, clearest: ClearestReading): number {
  const { value, good, trials } = newest;
  const distance = clearest.value - good;
  // Beyond the worst value in good data, any value is good.
  const nearest = Math.sign(distance) * (value - good) > 0 ? good : value;
  if (trials === undefined || clearest.trials === undefined) {
    const found = Math.min(clearest.sigma, Math.abs(distance) / clearest.z);
    const sigma = Math.max(newest.sigma, found * Math.sqrt(clearest.windows / windows));
    return (
      (clearest.value - value) ** 2 / (2 * (sigma ** 2 + found ** 2)) -
      (nearest - value) ** 2 / (2 * sigma ** 2)
    );
  }
  const both = (trials * value + clearest.trials * clearest.value) / (trials + clearest.trials);
  return (
    logLikelihood(newest, nearest) -
    logLikelihood(newest, both) +
    logLikelihood(clearest, clearest.value) -
    logLikelihood(clearest, both)
  );
}

/** Logarithm of the likelihood of a fraction p for a reading with trials. */
function logLikelihood({ value, trials = 0 }: Reading, p: number): number {
  const clipped = Math.min(1 - leastFraction, Math.max(leastFraction, p));
  return trials * (value * Math.log(clipped) + (1 - value) * Math.log(1 - clipped));
}

/** No fraction is exactly 0 or 1. */
const leastFraction = 0.01;
