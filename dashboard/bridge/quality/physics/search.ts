/**
 * How a quantity is judged over spans: found in the shortest span in which its counts suffice, kept while the newest
 * windows look more like the fault than like good data, and then judged only from there on, so that neither a fault nor
 * its repair is seen twice. Counts of windows are its only clock.
 */
import { ladder, type SlidingSums } from "./sliding-sums.js";

/** Reading of a quantity in one span. */
export interface Reading {
  value: number;
  /** One standard deviation of the value. */
  sigma: number;
  /** Value in good data: beyond it is worse. */
  good: number;
  /** Standard deviations by which the counts contradict good data, never negative. */
  z: number;
  /** Whether the value is beyond the limit of the rules. */
  beyond: boolean;
  /** The value is so far from the limit that no longer span need be looked at; see {@link isFarFrom}. */
  isClear?: boolean;
}

/** Standard deviations from the limit on its good side with which a value is surely not beyond it. */
const clearSigmas = 6;

export const isFarFrom = (limit: number, value: number, sigma: number): boolean =>
  Math.abs(value - limit) > clearSigmas * sigma;

export interface Found extends Reading {
  windows: number;
  /** The sum that gave it; valid until the next window. */
  sum: Float64Array;
}

interface Memory {
  reading: Reading;
  /** Windows taken when it was found. */
  since: number;
  /** Windows of the span in which it was found. */
  windows: number;
  domains: readonly string[];
}

/** Everything: a domain that is part of all. */
export const everywhere = "all";
/** Windows by which an active fault is judged; more where these have too few counts. */
const clearingSpans = [1, 2, 3, 4, 5, 6] as const;
/** Part of the distance from good data to the fault below which the fault is over, regardless of the counts. */
const surelyBack = 0.25;
/** Standard deviations from good data above which half of the distance does not end the fault. */
const doubtful = 3;
/** Maximum number of windows that describe an active fault. */
const describedWindows = 12;

/** Called with what each rule reads in data without findings, with the z that it needs: its tail of false alarms. */
export type ReadingObserver = (key: string, reading: Reading, neededZ: number) => void;

interface SearchOptions {
  /** Shortest span, in windows; default 1. */
  least?: number;
  /** Standard deviations that are needed to find it. */
  z: number;
  /** A good value with this error needs no longer span. */
  fine?: number;
  /** The fault flickers: half-way back does not end it while the counts still contradict good data. */
  stubborn?: boolean;
}

export class SpanSearch {
  private readonly standing = new Map<string, Memory>();
  private readonly epochs = new Map<string, number>();
  /** Standing keys that a rule looked at in this window. */
  private touched = new Set<string>();

  constructor(
    private readonly sums: SlidingSums,
    private readonly observe: ReadingObserver | null = null,
  ) {}

  /** To be called before the rules look at a new window. */
  begin(): void {
    this.touched = new Set();
  }

  /** To be called after them: forgets the keys that no rule used. */
  end(): void {
    for (const [key, { domains }] of this.standing) {
      if (this.touched.has(key)) continue;
      this.standing.delete(key);
      this.restart(domains, 1);
    }
  }

  /** Windows that may be looked at for these domains: since the last time that one of them was repaired. */
  windowsOf(domains: readonly string[]): number {
    let from = this.epochs.get(everywhere) ?? 0;
    for (const domain of domains) from = Math.max(from, this.epochs.get(domain) ?? 0);
    return Math.min(this.sums.windows, this.sums.taken - from);
  }

  /** Whether any fault is active in a domain: then none of its rules may be skipped. */
  isBusy(domain: string): boolean {
    for (const { domains } of this.standing.values()) if (domains.includes(domain)) return true;
    return false;
  }

  /** Whether a cheap test of any span shows something that is worth a search. */
  some(domain: string, isOdd: (sum: Float64Array) => boolean): boolean {
    if (this.isBusy(domain)) return true;
    const available = this.windowsOf([domain]);
    for (let step = 0; step < ladder.length && (ladder[step] as number) <= available; step += 1)
      if (isOdd(this.sums.sum(step))) return true;
    return false;
  }

  has(key: string): boolean {
    return this.standing.has(key);
  }

  /** The findings whose keys have this prefix ended with their cause, and must be found again. */
  forget(prefix: string): void {
    for (const key of this.standing.keys()) if (key.startsWith(prefix)) this.standing.delete(key);
  }

  /** From now on only the newest `windows` and later ones count for these domains. */
  restart(domains: readonly string[], windows: number): void {
    for (const domain of domains) this.epochs.set(domain, this.sums.taken - windows);
  }

  /**
   * The fault here is over: all findings in these domains must be found again, from the newest `windows` on.
   */
  release(domains: readonly string[], windows: number): void {
    const all = domains.includes(everywhere);
    for (const [key, memory] of this.standing)
      if (all || memory.domains.every((domain) => domains.includes(domain))) this.standing.delete(key);
    this.restart(domains, windows);
  }

  /**
   * @param key of the quantity at its place
   * @param domains parts of the telescope that it concerns
   * @param read the reading of a span; null if its counts are too few
   */
  find(
    key: string,
    domains: readonly string[],
    read: (sum: Float64Array) => Reading | null,
    { least = 1, z, fine = 0, stubborn = false }: SearchOptions,
  ): Found | null {
    const memory = this.standing.get(key);
    if (memory !== undefined) {
      this.touched.add(key);
      return this.keep(key, memory, read, stubborn);
    }
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
      this.standing.set(key, { reading, since: this.sums.taken, windows, domains });
      return { ...reading, windows, sum };
    }
    return null;
  }

  /** A finding stays active while the newest windows are nearer to it than to good data. */
  private keep(
    key: string,
    memory: Memory,
    read: (sum: Float64Array) => Reading | null,
    stubborn: boolean,
  ): Found | null {
    const sinceFound = this.sums.taken - memory.since;
    for (const step of clearingSpans) {
      const windows = ladder[step] as number;
      if (windows > this.sums.windows) break;
      const newest = read(this.sums.sum(step));
      if (newest === null) continue;
      const toFault = memory.reading.value - newest.good;
      const part = toFault === 0 ? 1 : (newest.value - newest.good) / toFault;
      // Half-way back ends it only if the counts no longer contradict good data.
      if (part < (stubborn && newest.z > doubtful ? surelyBack : 0.5)) {
        this.standing.delete(key);
        // The older half of these windows may belong to the fault.
        this.restart(memory.domains, Math.max(1, windows >> 1));
        return null;
      }
      break;
    }
    return this.describe(memory, read, sinceFound);
  }

  private describe(
    memory: Memory,
    read: (sum: Float64Array) => Reading | null,
    sinceFound: number,
  ): Found | null {
    const most = Math.min(describedWindows, sinceFound + memory.windows, this.sums.windows);
    const step = Math.max(
      0,
      ladder.findLastIndex((windows) => windows <= most),
    );
    const sum = this.sums.sum(step);
    const reading = read(sum);
    if (reading !== null && reading.z > 0) memory.reading = reading;
    return { ...memory.reading, windows: ladder[step] as number, sum };
  }
}
