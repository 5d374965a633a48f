/** Runs, numbered by the shifters; only one at a time. */
import {
  maxRunNumber,
  type Run,
  type RunState,
  type StartRunRequest,
  type TrendPoint,
} from "../../../pipeline/model/index.js";
import type { Store } from "../store/index.js";

const maxRuns = 10_000;

export class RunRegistry {
  private current: Run | null;
  private nextNumber: number;
  /** Numbers of ended runs that were looked up. */
  private readonly known = new Set<number>();

  constructor(private readonly store: Store) {
    const [newest] = store.records.runs(Number.MAX_SAFE_INTEGER, 1);
    this.current = newest?.stopped_ms === null ? newest : null;
    this.nextNumber = (newest?.number ?? 0) + 1;
  }

  get running(): Run | null {
    return this.current;
  }

  state(sinceMs: number): RunState {
    return { current: this.current, since_ms: sinceMs, next_number: this.nextNumber };
  }

  /** Whether a run with this number exists, or the number is too large. */
  isKnown(number: number): boolean {
    if (number > maxRunNumber || this.current?.number === number || this.known.has(number)) return true;
    const isKnown = this.store.records
      .runs(Number.MAX_SAFE_INTEGER, maxRuns)
      .some((run) => run.number === number);
    if (isKnown) this.known.add(number);
    return isKnown;
  }

  start({ number, comment }: StartRunRequest, nowMs: number, demo: boolean): void {
    this.stop(nowMs);
    const run = { number: number ?? this.nextNumber, comment: comment ?? "", demo };
    this.nextNumber = run.number + 1;
    this.keep({ ...run, started_ms: nowMs, stopped_ms: null, windows: 0, rows: 0, hit_count: 0 });
  }

  stop(nowMs: number): void {
    if (this.current === null) return;
    this.keep({ ...this.current, stopped_ms: nowMs });
    this.current = null;
  }

  /** @returns null when the run is not known */
  comment(number: number, comment: string): Run | null {
    const runs = this.store.records.runs(Number.MAX_SAFE_INTEGER, maxRuns);
    const run = this.current?.number === number ? this.current : runs.find((one) => one.number === number);
    if (run === undefined) return null;
    const next = { ...run, comment };
    this.write(next);
    if (run === this.current) this.current = next;
    return next;
  }

  /** Counts a window, or the difference to the version that it replaces. */
  count(now: TrendPoint, before: TrendPoint | null): void {
    const { current } = this;
    if (current === null || now.end_ms <= current.started_ms) return;
    this.current = {
      ...current,
      windows: current.windows + (before === null ? 1 : 0),
      rows: current.rows + now.ledger.rows - (before?.ledger.rows ?? 0),
      hit_count: current.hit_count + now.hit_count - (before?.hit_count ?? 0),
    };
  }

  private keep(run: Run): void {
    this.write(run);
    this.current = run;
  }

  /** Writes the windows first: a run on disk must never count windows that are not. */
  private write(run: Run): void {
    this.store.flush();
    this.store.records.putRun(run);
  }
}
