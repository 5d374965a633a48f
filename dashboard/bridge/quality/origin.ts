/**
 * Where the run began, the comparison while no reference is chosen. It is collected once, from windows around which nothing
 * was active and which look like its beginning, and stays as it is: a fault is never learned, and a slow loss is seen
 * against the beginning. Only a person can restart it ("this is normal now").
 *
 * A fault inside of one chamber does not hide the beginning of the others: that chamber is left out, and is collected by itself
 * once its fault is over.
 */
import { cellsPerChamber, chambersOf, type Finding, type RuleId } from "../../../pipeline/model/index.js";
import { at, cellsOf, driftOf, type WindowFacts } from "./facts.js";
import { chamberBlock, type Layout } from "./physics/quantities.js";
import type { Comparison } from "./physics/view.js";
import { median, total } from "./statistics.js";
import type { RulesConfig } from "./default-rules.js";

interface Candidate {
  facts: WindowFacts;
  physics: Float32Array | null;
  /** Chambers in which a fault stood. */
  leftOut: Set<number>;
}

/** Rules about the cells, layers or noise of a chamber: their faults show nowhere else. */
const localRules: readonly RuleId[] = [
  ...(["hot-cell", "dead-cell", "live-cells", "dead-layer", "cell-efficiency", "layer-efficiency"] as const),
  ...(["noise", "residual", "layer-time"] as const),
];

/**
 * Chambers whose faults touch no other part; null where some fault may do so, or where too many chambers have one.
 * @param faults the active ones, consequences included
 */
export function faultyAlone(faults: readonly Finding[], chambers: number): readonly number[] | null {
  const found = new Set<number>();
  for (const { rule, scope, cause } of faults) {
    const own = chambersOf(scope);
    const source = cause === null ? rule : cause.split(" ")[0];
    if (own.length !== 1 || !localRules.some((local) => local === source)) return null;
    found.add(own[0] as number);
  }
  return found.size > Math.max(1, Math.floor(chambers / 4)) || found.size >= chambers ? null : [...found];
}

/** Number of calm windows that must follow a window before it is taken: by then a fault would have been found. */
const delay = 4;
/** Parts by which the hits of a chamber may differ from the first windows', beyond what chance gives. */
const drift = 0.12;
const driftSigmas = 6;
const clustering = 8;
/**
 * A slow drift is far below what chance gives in one window: the last windows together are compared with the first ones,
 * whose number stays as it is. So the origin is never further than this from where the run began.
 */
const [firstWindows, lastWindows] = [24, 12];
const slowSigmas = 4;
const slowClustering = 4;

/** Hits of the chambers, and in how much time. */
interface Hits {
  ms: number;
  chambers: number[];
}

export class Origin {
  /** Sum of the facts' vectors. */
  private facts: Float64Array | null = null;
  /** Sum of the physics rules' counts. */
  private counts: Float64Array | null = null;
  private windows = 0;
  /** Of each chamber: windows in which it was not left out, and their time. */
  private ownWindows: number[] = [];
  private ownMs: number[] = [];
  /** Sums that were evened since the last window was taken. */
  private readonly even = new Map<Float64Array, Float64Array>();
  private firstMs: number | null = null;
  private waiting: Candidate[] = [];
  /** The first windows, and the newest ones that may be taken. */
  private first: Hits[] = [];
  private last: Hits[] = [];

  /** Of the counts; null while none are offered. */
  layout: Layout | null = null;

  constructor(private readonly config: RulesConfig["origin"]) {}

  /** Begins again. */
  reset(): void {
    this.facts = null;
    this.counts = null;
    this.windows = 0;
    this.ownWindows = [];
    this.ownMs = [];
    this.firstMs = null;
    this.waiting = [];
    this.first = [];
    this.last = [];
  }

  get isFull(): boolean {
    const { windows } = this.config;
    return this.windows >= windows && this.ownWindows.every((own) => own >= windows);
  }

  /** When it began; null before the first window. */
  get sinceMs(): number | null {
    return this.firstMs;
  }

  /** @param leftOut as of {@link faultyAlone}; null: the waiting windows are not taken */
  offer(facts: WindowFacts, physics: Float32Array | null, leftOut: readonly number[] | null): void {
    if (this.isFull) return;
    if (leftOut === null) {
      this.waiting = [];
      return;
    }
    for (const candidate of this.waiting) for (const chamber of leftOut) candidate.leftOut.add(chamber);
    if (facts.partial || (facts.vector[at.hits] as number) === 0) return;
    this.waiting.push({ facts, physics, leftOut: new Set(leftOut) });
    if (this.waiting.length <= delay) return;
    this.take(this.waiting.shift() as Candidate);
  }

  private take({ facts, physics, leftOut }: Candidate): void {
    if (this.facts !== null && this.facts.length !== facts.vector.length) this.reset();
    if (this.counts !== null && physics !== null && this.counts.length !== physics.length) this.reset();
    if (this.facts !== null && this.hasDrifted(facts, leftOut)) return;
    if (this.hasMovedSlowly(facts, leftOut)) return;
    this.even.clear();
    this.firstMs ??= facts.startMs;
    this.facts ??= new Float64Array(facts.vector.length);
    if (physics !== null) this.counts ??= new Float64Array(physics.length);
    const isWanted = this.windows < this.config.windows;
    const ms = facts.vector[at.ms] as number;
    const own = facts.chamberHits.map((_, chamber) => {
      const windows = (this.ownWindows[chamber] ??= 0);
      this.ownMs[chamber] ??= 0;
      return !leftOut.has(chamber) && windows < this.config.windows;
    });
    this.add(facts.vector, physics, own, isWanted);
    own.forEach((isTaken, chamber) => {
      if (!isTaken) return;
      this.ownWindows[chamber] = (this.ownWindows[chamber] as number) + 1;
      this.ownMs[chamber] = (this.ownMs[chamber] as number) + ms;
    });
    if (isWanted) this.windows += 1;
  }

  /** @param own chambers whose own counts are taken; `isWanted`: and all that belongs to none */
  private add(facts: Float64Array, physics: Float32Array | null, own: boolean[], isWanted: boolean): void {
    const sums: [Float64Array, ArrayLike<number>][] = [[this.facts as Float64Array, facts]];
    if (physics !== null && this.counts !== null) sums.push([this.counts, physics]);
    if (isWanted && own.every((isTaken) => isTaken)) {
      for (const [into, from] of sums) addTo(into, from, 0, into.length);
      return;
    }
    for (const [into, from] of sums) {
      const blocks = own.flatMap((isTaken, chamber) =>
        this.blocksOf(into, chamber).map((block) => ({ ...block, isTaken })),
      );
      let at = 0;
      for (const { from: first, to, isTaken } of blocks.sort((a, b) => a.from - b.from)) {
        if (isWanted) addTo(into, from, at, first);
        if (isTaken) addTo(into, from, first, to);
        at = to;
      }
      if (isWanted) addTo(into, from, at, into.length);
    }
  }

  /** Where the counts of a chamber stand. */
  private blocksOf(sum: Float64Array, chamber: number): { from: number; to: number }[] {
    if (sum === this.counts) {
      const block = this.layout === null ? undefined : chamberBlock(this.layout, chamber);
      return block === undefined ? [] : [block];
    }
    const cells = chamber * cellsPerChamber;
    const drift = driftOf(sum, chamber);
    const first = drift.byteOffset / drift.BYTES_PER_ELEMENT;
    return [
      { from: cells, to: cells + cellsPerChamber },
      { from: first, to: first + drift.length },
    ];
  }

  /** Chambers without enough windows of their own to compare with. */
  get unknown(): number[] {
    return this.ownWindows.flatMap((own, chamber) => (2 * own < this.windows ? [chamber] : []));
  }

  /** Counts as if each chamber had been there all the time; of unknown ones none. */
  private evened(sum: Float64Array): Float64Array {
    const allMs = (this.facts as Float64Array)[at.ms] as number;
    if (this.ownMs.every((ms) => ms === allMs)) return sum;
    const known = this.even.get(sum);
    if (known !== undefined) return known;
    const { unknown } = this;
    const even = sum.slice();
    this.ownMs.forEach((ms, chamber) => {
      const factor = unknown.includes(chamber) ? 0 : allMs / ms;
      for (const { from, to } of this.blocksOf(sum, chamber))
        for (let i = from; i < to; i += 1) even[i] = (sum[i] as number) * factor;
    });
    // What a fault added to all hits is not among them.
    if (sum === this.facts) even[at.hits] = total(even, 0, this.ownMs.length * cellsPerChamber);
    else if (this.layout !== null)
      even[this.layout.hits] = this.layout.chambers.reduce(
        (all, { hits }) => all + (even[hits] as number),
        0,
      );
    this.even.set(sum, even);
    return even;
  }

  private hasDrifted({ vector, chamberHits }: WindowFacts, leftOut: ReadonlySet<number>): boolean {
    const sum = this.facts as Float64Array;
    for (let chamber = 0; chamber < chamberHits.length; chamber += 1) {
      const ownMs = this.ownMs[chamber] ?? 0;
      if (leftOut.has(chamber) || ownMs === 0) continue;
      const expected = total(cellsOf(sum, chamber)) * ((vector[at.ms] as number) / ownMs);
      const difference = Math.abs(total(cellsOf(vector, chamber)) - expected);
      if (difference > drift * expected + driftSigmas * Math.sqrt(clustering * expected)) return true;
    }
    return false;
  }

  private hasMovedSlowly({ vector, chamberHits }: WindowFacts, leftOut: ReadonlySet<number>): boolean {
    // A chamber that is left out has no sum to compare with.
    const chambers = chamberHits.map((hits, chamber) => (leftOut.has(chamber) ? Number.NaN : hits));
    const hits: Hits = { ms: vector[at.ms] as number, chambers };
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

  /** Cells of the normal picture, a vector as of {@link WindowFacts}; null while too few windows are known. */
  picture(): Float64Array | null {
    if (this.facts === null) return null;
    const facts = this.evened(this.facts);
    const { unknown } = this;
    for (let chamber = 0; chamber < this.ownMs.length; chamber += 1)
      if (!unknown.includes(chamber) && median(cellsOf(facts, chamber)) < this.config.hits_per_cell)
        return null;
    return facts;
  }

  /** Counts for the physics rules; null while too few windows are in it. */
  physics(): Omit<Comparison, "by"> | null {
    if (this.windows < this.config.windows_least || this.counts === null) return null;
    const isMixed = this.ownMs.some((ms) => ms !== (this.facts as Float64Array)[at.ms]);
    return { sum: this.evened(this.counts), unknown: this.unknown, isMixed };
  }
}

function sumOf(windows: readonly Hits[]): Hits {
  const chambers = (windows[0] as Hits).chambers.map((_, chamber) =>
    windows.reduce((sum, one) => sum + (one.chambers[chamber] ?? 0), 0),
  );
  return { ms: windows.reduce((sum, { ms }) => sum + ms, 0), chambers };
}

function addTo(into: Float64Array, added: ArrayLike<number>, from: number, to: number): void {
  for (let i = from; i < to; i += 1) into[i] = (into[i] as number) + (added[i] as number);
}
