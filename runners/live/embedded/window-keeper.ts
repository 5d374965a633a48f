/**
 * Windows of an endless stream on Beam's direct runner, which supports only bounded input. Bundles of records are
 * accumulated on arrival. The partial results of a window are merged when the watermark passes the end of the window. A
 * window can be corrected until the allowed lateness has passed; later rows are dropped and counted.
 */
import {
  DirectHalves,
  isReference,
  mergeDirect,
  SpillFile,
  type WindowFacts,
} from "../../../pipeline/beam/index.js";
import type { LateDropped, RawRecord } from "../../../pipeline/model/index.js";
import { readPartialHeader, type Partial, type PipelineConfig } from "../../../pipeline/steps/index.js";

export interface WindowKeeperOptions {
  config: PipelineConfig;
  allowedLatenessMs: number;
  /** Expected transit time of a record: the watermark is the wall clock minus this delay, until records take longer. */
  watermarkDelayMs: number;
  /** Wall clock time of the start; windows that begin earlier are partial. */
  startedMs: number;
  /** Limit of the partial results in memory, bytes; the rest is stored on disk. */
  memoryBytes: number;
  /** Folder for temporary files. */
  temporaryFolder: string;
  /** Receives each result of a window, with the message as JSON. */
  emit: (json: string, windowEndMs: number) => void;
  now: () => number;
}

/** Watermark delay after a record took longer than expected, ms; records that take longer than this do not change it. */
const slowTransitMs = 50;
/** Time after such a record until the usual delay is tried again, ms. */
const slowForMs = 300_000;
/** Minimum interval between corrected messages of the same window. */
const correctionIntervalMs = 1000;

interface KeptWindow {
  readonly startMs: number;
  partials: Partial[];
  /** Bytes of the window's partial results in memory. */
  bytes: number;
  /** Version of the newest message; -1 if there is none. */
  revision: number;
  emittedMs: number;
  /** Whether some partial results are not in a message yet. */
  dirty: boolean;
  partial: boolean;
  file: SpillFile | null;
}

export class WindowKeeper {
  private readonly windows = new Map<number, KeptWindow>();
  private readonly halves: DirectHalves;
  private bytes = 0;
  private watermarkMs: number;
  private slowUntilMs = -Infinity;
  /** End of the last pause. */
  private pausedUntilMs = -Infinity;
  readonly late: LateDropped = { messages: 0, rows: 0 };

  constructor(private readonly options: WindowKeeperOptions) {
    this.watermarkMs = options.startedMs - this.delayMs;
    this.halves = new DirectHalves(options.config);
  }

  private get delayMs(): number {
    const { watermarkDelayMs, now } = this.options;
    return now() < this.slowUntilMs ? Math.max(watermarkDelayMs, slowTransitMs) : watermarkDelayMs;
  }

  /** Number of windows that are open or can still be corrected. */
  get size(): number {
    return this.windows.size;
  }

  /** Wall clock time of the next necessary {@link advance}; Infinity if none is necessary. */
  get dueMs(): number {
    const { allowedLatenessMs } = this.options;
    let due = Infinity;
    for (const window of this.windows.values()) {
      const endMs = this.endOf(window);
      const next =
        window.revision < 0 ? endMs : window.dirty ? this.correctionTime(window) : endMs + allowedLatenessMs;
      due = Math.min(due, next + this.delayMs);
    }
    return due;
  }

  /** Accumulates a bundle of records; returns the number of messages and rows in it. */
  async add(records: Iterable<RawRecord>): Promise<{ messages: number; rows: number }> {
    const taken = { messages: 0, rows: 0 };
    await this.halves.accumulate(records, (partial) => {
      const { messages, ledger } = readPartialHeader(partial.bytes);
      taken.messages += messages;
      taken.rows += ledger.rows;
      if (this.isExpired(partial.windowStartMs)) this.drop(messages, ledger.rows);
      else this.keep(partial);
    });
    if (this.bytes > this.options.memoryBytes) this.spill();
    return taken;
  }

  private drop(messages: number, rows: number): void {
    this.late.messages += messages;
    this.late.rows += rows;
  }

  private keep(partial: Partial): void {
    const window = this.windowAt(partial.windowStartMs);
    if (window.revision >= 0) this.allowTransit(this.options.now() - this.endOf(window));
    window.dirty = true;
    window.bytes += partial.bytes.length;
    this.bytes += partial.bytes.length;
    window.partials.push(partial);
  }

  /**
   * Increases the watermark delay for some time, unless the record took even longer: then it only corrects its window.
   * @param ms minimum transit time of a record that arrived late
   */
  private allowTransit(ms: number): void {
    if (ms <= slowTransitMs) this.slowUntilMs = this.options.now() + slowForMs;
  }

  private windowAt(startMs: number): KeptWindow {
    let window = this.windows.get(startMs);
    if (window === undefined) {
      window = {
        startMs,
        partials: [],
        bytes: 0,
        revision: -1,
        emittedMs: -Infinity,
        dirty: false,
        partial: startMs < Math.max(this.options.startedMs, this.pausedUntilMs),
        file: null,
      };
      this.windows.set(startMs, window);
    }
    return window;
  }

  /** The process was paused between these times: windows in which it was are partial. */
  pause(fromMs: number, toMs: number): void {
    this.pausedUntilMs = toMs;
    for (const window of this.windows.values())
      if (window.startMs < toMs && this.endOf(window) > fromMs) window.partial = true;
  }

  private endOf({ startMs }: KeptWindow): number {
    return startMs + this.options.config.windowMs;
  }

  private isExpired(startMs: number): boolean {
    return startMs + this.options.config.windowMs + this.options.allowedLatenessMs <= this.watermarkMs;
  }

  private correctionTime(window: KeptWindow): number {
    const soonestMs = window.emittedMs + correctionIntervalMs - this.delayMs;
    return Math.min(
      Math.max(soonestMs, this.endOf(window)),
      this.endOf(window) + this.options.allowedLatenessMs,
    );
  }

  /** Advances the watermark: emits windows that are due and removes those that can no longer change. */
  async advance(nowMs: number): Promise<void> {
    this.watermarkMs = Math.max(this.watermarkMs, nowMs - this.delayMs);
    const due = [...this.windows.values()].filter(
      (window) =>
        (window.revision < 0 ? this.endOf(window) : window.dirty ? this.correctionTime(window) : Infinity) <=
        this.watermarkMs,
    );
    await this.emit(due);
    for (const window of this.windows.values()) if (this.isExpired(window.startMs)) this.forget(window);
  }

  /** Ends the stream: emits every window with unpublished results; windows that are still open are partial. */
  async finish(): Promise<void> {
    const open = [...this.windows.values()].filter(({ dirty }) => dirty);
    for (const window of open) window.partial ||= this.endOf(window) > this.watermarkMs;
    await this.emit(open);
    for (const window of this.windows.values()) this.forget(window);
  }

  private async emit(windows: KeptWindow[]): Promise<void> {
    if (windows.length === 0) return;
    const facts: Record<string, WindowFacts> = {};
    for (const { startMs, partial, revision } of windows)
      facts[startMs] = { partial, revision: revision + 1 };
    const partials = windows.flatMap((window) => window.partials);
    for (const { windowStartMs, json } of await mergeDirect(this.options.config, partials, facts)) {
      this.options.emit(json, windowStartMs + this.options.config.windowMs);
    }
    for (const window of windows) {
      window.revision += 1;
      window.dirty = false;
      window.emittedMs = this.options.now();
    }
  }

  /** Moves the partial results of the largest windows to disk until the rest is within the memory limit. */
  private spill(): void {
    const bySize = [...this.windows.values()].sort((a, b) => b.bytes - a.bytes);
    for (const window of bySize) {
      if (this.bytes <= this.options.memoryBytes / 2) return;
      this.spillWindow(window);
    }
  }

  private spillWindow(window: KeptWindow): void {
    const file = (window.file ??= new SpillFile(this.options.temporaryFolder));
    window.partials = window.partials.map((partial) =>
      isReference(partial.bytes)
        ? partial
        : { ...partial, bytes: file.referenceTo(file.append(partial.bytes), partial.bytes.length) },
    );
    this.bytes -= window.bytes;
    window.bytes = 0;
  }

  private forget(window: KeptWindow): void {
    this.bytes -= window.bytes;
    this.windows.delete(window.startMs);
    window.file?.remove();
  }
}
