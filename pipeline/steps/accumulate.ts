/**
 * Accumulates the messages of one bundle into partial results, by window and orbit shard. Usage: create, add, finish.
 * Partial results merge in any order (merge.ts).
 */
import { firstOrbitAtMs, orbitToMs, runOfMarker, windowIdAt } from "../model/index.js";
import {
  cleanse,
  cleanseWithMuons,
  createRowRules,
  RejectionTally,
  type Rejections,
  type RowRules,
} from "./cleanse.js";
import {
  noWindowStartMs,
  shardOfOrbit,
  type PipelineConfig,
  type ShardKey,
  type WindowKey,
} from "./config.js";
import { decoderOf, hasRuns, type Decoder } from "./decode.js";
import { HitColumns } from "./hit-columns.js";
import { createPartialHeader } from "./partial-header.js";
import { PartialWriter } from "./partial.js";
import { ReadOutSums, StepWatch } from "./read-out.js";
import { addMalformed, createMalformedTally, RowWriter, type MalformedTally } from "./rows.js";
import { SourceCounter } from "./sources.js";

export interface Partial extends ShardKey {
  bytes: Uint8Array;
}

/** State of one window (arrival time), or of all rows of a run (detector time). */
interface WindowState {
  /** The largest run number; null where none is known. */
  run: number | null;
  messages: number;
  malformed: MalformedTally;
  sources: SourceCounter;
  columns: HitColumns;
  tally: RejectionTally;
}

/** Columns of finished bundles, reused: growing new ones costs more than filling them. */
const spareColumns: HitColumns[] = [];

export class BundleAccumulator {
  private readonly decode: Decoder;
  private readonly rules: RowRules;
  private readonly writer: RowWriter;
  /** By window start in arrival time, by run in detector time. */
  private readonly windows = new Map<number | null, WindowState>();
  private readonly partialWriters: PartialWriter[];
  /** Read-out of the window being finished. */
  private readonly readOut = new ReadOutSums();
  private currentKey: number | null = NaN;
  private current!: WindowState;

  constructor(private readonly config: PipelineConfig) {
    this.decode = decoderOf(config.format);
    this.rules = createRowRules(config.detector, config.muons);
    const steps = config.time === "arrival" ? new StepWatch() : null;
    this.writer = new RowWriter(
      (batch) => {
        const { columns, tally } = this.current;
        if (config.muons) cleanseWithMuons(batch, this.rules, columns, tally, steps);
        else cleanse(batch, this.rules, columns, tally);
      },
      (run) => this.turnTo(run),
    );
    this.partialWriters = Array.from(
      { length: config.orbitShards },
      () => new PartialWriter(this.rules.firstOtherCode),
    );
  }

  /**
   * Adds one message.
   * @param windowStartMs its window in arrival time; ignored in detector time, where the orbits determine the window
   * @param key see {@link SourceCounter}
   */
  add(windowStartMs: number, key: Uint8Array | null, value: Uint8Array): void {
    if (this.config.time === "arrival") {
      if (windowStartMs !== this.currentKey) this.switchTo(windowStartMs);
      this.writer.run = null;
    } else if (Number.isNaN(this.currentKey))
      this.switchTo(hasRuns(this.config.format) ? this.writer.run : null);
    // A value without a marker has an unknown run, whatever the run of the previous one.
    if (this.isMarked) this.writer.beginRun(runOfMarker(value, 0, value.length));
    this.current.messages += 1;
    this.current.sources.add(key);
    this.writer.beginRecord();
    this.decode(value, 0, value.length, this.writer);
  }

  private get isMarked(): boolean {
    return this.config.format === "rows";
  }

  /** Only needed in detector time: in arrival time a window contains the rows of all its runs. */
  private turnTo(run: number | null): void {
    if (!hasRuns(this.config.format)) return;
    if (this.config.time === "detector") this.switchTo(run);
    else if (run !== null) this.current.run = Math.max(this.current.run ?? 0, run);
  }

  private switchTo(key: number | null): void {
    this.flush();
    let state = this.windows.get(key);
    if (state === undefined) this.windows.set(key, (state = this.createState(key)));
    this.currentKey = key;
    this.current = state;
  }

  private createState(key: number | null): WindowState {
    const windowMs = this.config.time === "arrival" ? null : this.config.windowMs;
    return {
      run: (this.config.time === "arrival" ? null : key) ?? this.config.run ?? null,
      messages: 0,
      malformed: createMalformedTally(),
      sources: new SourceCounter(),
      columns: spareColumns.pop() ?? new HitColumns(),
      tally: new RejectionTally(windowMs, this.config.muons, this.rules.orbitNs),
    };
  }

  /** Moves the decoded rows into their window. */
  private flush(): void {
    if (Number.isNaN(this.currentKey)) return;
    this.writer.flush();
    const { malformed } = this.writer;
    for (let i = 0; i < malformed.length; i += 1) {
      this.current.malformed[i] = (this.current.malformed[i] as number) + (malformed[i] as number);
    }
    malformed.fill(0);
  }

  /** Returns the partial results and empties the accumulator. */
  *finish(): Generator<Partial> {
    this.flush();
    for (const [key, state] of this.windows) {
      state.columns.sortByOrbit();
      if (this.config.time === "arrival") yield* this.finishArrival(key as number, state);
      else yield* this.finishDetector(state);
      state.columns.clear();
      if (spareColumns.length < 4) spareColumns.push(state.columns);
    }
    this.windows.clear();
    this.currentKey = NaN;
  }

  private *finishArrival(startMs: number, state: WindowState): Generator<Partial> {
    this.writeOrbits(state.columns, 0, state.columns.length);
    const rejections = state.tally.windows.get(0) as Rejections;
    yield* this.finishWindow({ windowStartMs: startMs, run: null }, state.run, rejections, state);
  }

  private *finishDetector(state: WindowState): Generator<Partial> {
    const { columns, tally, run } = state;
    const { windowMs } = this.config;
    const { orbitNs } = this.rules;
    const keyOf = (id: number): WindowKey => ({ windowStartMs: id * windowMs, run });
    for (let from = 0; from < columns.length;) {
      const id = windowIdAt(orbitToMs(columns.orbits[from] as number, orbitNs), windowMs);
      const to = lowerBound(columns, from, firstOrbitAtMs((id + 1) * windowMs, orbitNs));
      this.writeOrbits(columns, from, to);
      yield* this.finishWindow(keyOf(id), run, tally.windows.get(id));
      tally.windows.delete(id);
      from = to;
    }
    for (const [id, rejections] of tally.windows) yield* this.finishWindow(keyOf(id), run, rejections);
    yield* this.finishWindow({ windowStartMs: noWindowStartMs, run }, run, undefined, state);
  }

  /** Writes the sorted rows columns[from, to) to the writers of their shards, orbit by orbit. */
  private writeOrbits(columns: HitColumns, from: number, to: number): void {
    const { orbits } = columns;
    for (let start = from; start < to;) {
      const orbit = orbits[start] as number;
      let end = start + 1;
      while (end < to && orbits[end] === orbit) end += 1;
      (this.partialWriters[shardOfOrbit(orbit, this.config.orbitShards)] as PartialWriter).orbit(
        columns,
        start,
        end,
      );
      start = end;
    }
  }

  /** Partial results of one window; the first one contains the counts that belong to no orbit. */
  private *finishWindow(
    key: WindowKey,
    run: number | null,
    rejections?: Rejections,
    state?: WindowState,
  ): Generator<Partial> {
    let header = createPartialHeader();
    header.run = run;
    header.messages = state?.messages ?? 0;
    if (state !== undefined) addMalformed(header.ledger, state.malformed);
    if (state !== undefined) header.sources = state.sources.sources;
    header.ledger.head_rejected = rejections?.headRejected ?? 0;
    header.ledger.unmapped = rejections?.unmapped ?? 0;
    if (rejections?.readOut != null) {
      this.readOut.clear();
      rejections.readOut.addTo(this.readOut);
      header.readOut = this.readOut;
    }
    for (const [shard, writer] of this.partialWriters.entries()) {
      if (shard > 0 && writer.orbits === 0) continue;
      header.ledger.hits = writer.hits;
      header.ledger.scintillator = writer.scintillators;
      yield { ...key, shard, bytes: writer.finish(header) };
      header = createPartialHeader();
      header.run = run;
    }
  }
}

/** First index >= `from` in sorted columns whose orbit is at least `orbit`. */
function lowerBound(columns: HitColumns, from: number, orbit: number): number {
  let low = from;
  let high = columns.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((columns.orbits[middle] as number) < orbit) low = middle + 1;
    else high = middle;
  }
  return low;
}
