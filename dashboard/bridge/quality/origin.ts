/**
 * The origin: the data's own past, used for comparison while no reference is chosen. It is collected once, from the
 * first windows that have no active fault and agree with each other, and then stays fixed. So a fault is never
 * learned, and a slow loss is found. A new run does not restart it; a person ("this is normal now"), another telescope
 * and a restart of the bridge do.
 */
import { at, cellsOf, type WindowFacts } from "./facts.js";
import { median, total } from "./statistics.js";
import type { RulesConfig } from "./default-rules.js";

interface Candidate {
  facts: WindowFacts;
  physics: Float32Array | null;
}

/** Number of calm windows that must follow a window before it is taken: by then a fault would have been found. */
const delay = 4;
/**
 * Relative difference that the hits of a chamber may have from the first windows, beyond statistical fluctuations.
 */
const drift = 0.12;
const driftSigmas = 6;
const clustering = 8;
/**
 * In one window a slow drift is far below the statistical fluctuations. So the sum of the last windows is compared
 * with the sum of the first windows, which stays fixed. This limits how far the origin can move while it is collected.
 */
const [firstWindows, lastWindows] = [24, 12];
const slowSigmas = 4;
const slowClustering = 4;

/** Hits of the chambers, and the time in which they were counted. */
interface Hits {
  ms: number;
  chambers: number[];
}

export class Origin {
  /** Sum of the facts' vectors. */
  private facts: Float64Array | null = null;
  /** Sum of the counts for the physics rules. */
  private counts: Float64Array | null = null;
  private windows = 0;
  private chambers = 0;
  private firstMs: number | null = null;
  private calmId: number | null = null;
  /** msg_ID of the newest window with hits. */
  private newestId: number | null = null;
  private waiting: Candidate[] = [];
  /** The first windows, and the newest windows that may be taken. */
  private first: Hits[] = [];
  private last: Hits[] = [];

  constructor(private readonly config: RulesConfig["origin"]) {}

  reset(): void {
    this.facts = null;
    this.counts = null;
    this.windows = 0;
    this.firstMs = null;
    this.waiting = [];
    this.first = [];
    this.last = [];
  }

  get isFull(): boolean {
    return this.windows >= this.config.windows;
  }

  /** Start of the first window; null before it. */
  get sinceMs(): number | null {
    return this.firstMs;
  }

  /** msg_ID of the first window since the last active fault; null if one is active. */
  get calmSince(): number | null {
    return this.calmId;
  }

  /**
   * @param isCalm whether no fault is active; otherwise the waiting windows are discarded
   * @param isWhole whether the orbits of the hits cover the window
   */
  offer(facts: WindowFacts, physics: Float32Array | null, isCalm: boolean, isWhole: boolean): void {
    if (this.isFull) return;
    const hasHits = (facts.vector[at.hits] as number) > 0;
    const hasBegun = hasHits && facts.id - 1 !== this.newestId && !isWhole;
    if (hasHits) this.newestId = facts.id;
    if (!isCalm) {
      this.waiting = [];
      this.calmId = null;
      return;
    }
    this.calmId ??= facts.id;
    if (facts.partial || !hasHits || hasBegun) return;
    this.waiting.push({ facts, physics });
    if (this.waiting.length <= delay) return;
    this.take(this.waiting.shift() as Candidate);
  }

  private take({ facts, physics }: Candidate): void {
    if (this.facts !== null && this.facts.length !== facts.vector.length) this.reset();
    if (this.counts !== null && physics !== null && this.counts.length !== physics.length) this.reset();
    if (this.facts !== null && this.hasDrifted(facts)) return;
    if (this.hasMovedSlowly(facts)) return;
    this.firstMs ??= facts.startMs;
    this.facts ??= new Float64Array(facts.vector.length);
    addTo(this.facts, facts.vector);
    this.chambers = facts.chamberHits.length;
    if (physics !== null) addTo((this.counts ??= new Float64Array(physics.length)), physics);
    this.windows += 1;
  }

  private hasDrifted({ vector, chamberHits }: WindowFacts): boolean {
    const sum = this.facts as Float64Array;
    const time = (vector[at.ms] as number) / (sum[at.ms] as number);
    for (let chamber = 0; chamber < chamberHits.length; chamber += 1) {
      const expected = total(cellsOf(sum, chamber)) * time;
      const difference = Math.abs(total(cellsOf(vector, chamber)) - expected);
      if (difference > drift * expected + driftSigmas * Math.sqrt(clustering * expected)) return true;
    }
    return false;
  }

  private hasMovedSlowly({ vector, chamberHits }: WindowFacts): boolean {
    const hits: Hits = { ms: vector[at.ms] as number, chambers: chamberHits };
    if (this.first.length < firstWindows) {
      this.first.push(hits);
      return false;
    }
    this.last = [...this.last, hits].slice(-lastWindows);
    if (this.last.length < lastWindows) return false;
    const [before, now] = [sumOf(this.first), sumOf(this.last)];
    const time = now.ms / before.ms;
    return now.chambers.some((count, chamber) => {
      const expected = (before.chambers[chamber] ?? 0) * time;
      const sigma = Math.sqrt(slowClustering * expected * (1 + time));
      return Math.abs(count - expected) > drift * expected + slowSigmas * sigma;
    });
  }

  /** The normal picture as a vector of {@link WindowFacts}; null with too few windows. */
  picture(): Float64Array | null {
    const { facts } = this;
    if (facts === null) return null;
    for (let chamber = 0; chamber < this.chambers; chamber += 1)
      if (median(cellsOf(facts, chamber)) < this.config.hits_per_cell) return null;
    return facts;
  }

  /** Counts for the physics rules; null with too few windows. */
  physics(): Float64Array | null {
    return this.windows < this.config.windows_least ? null : this.counts;
  }
}

function sumOf(windows: readonly Hits[]): Hits {
  const chambers = (windows[0] as Hits).chambers.map((_, chamber) =>
    windows.reduce((sum, one) => sum + (one.chambers[chamber] ?? 0), 0),
  );
  return { ms: windows.reduce((sum, { ms }) => sum + ms, 0), chambers };
}

function addTo(into: Float64Array, from: ArrayLike<number>): void {
  for (let i = 0; i < into.length; i += 1) into[i] = (into[i] as number) + (from[i] as number);
}
