/** History of a light over a run: spans of one state, and the fraction of time and hits in each state. Bounded. */
import type { RuleId } from "../../../pipeline/model/index.js";
import type { RunState } from "./run-judge.js";

/** Consecutive windows, or a gap of missing windows. */
interface Stretch {
  fromMs: number;
  toMs: number;
  hits: number;
  windows: number;
}

export interface StateSpan {
  state: RunState;
  /** The first rule of the span. */
  rule: RuleId | null;
  from_ms: number;
  to_ms: number;
  windows: number;
  hits: number;
}

export interface LightSummary {
  spans: StateSpan[];
  /** Number of spans that the list has no room for; they count in the fractions only. */
  spans_left_out: number;
  /** Fraction of the run's time in each state. */
  time: Partial<Record<RunState, number>>;
  /** Fraction of the run's hits in each state. */
  hits: Partial<Record<RunState, number>>;
}

const maxSpans = 10_000;

export class LightRecord {
  private readonly spans: StateSpan[] = [];
  private leftOut = 0;
  private current: StateSpan | null = null;
  private rule: RuleId | null = null;
  private readonly ms = new Map<RunState, number>();
  private readonly hits = new Map<RunState, number>();

  /** Adds the next windows. @returns whether the state or the rule has changed */
  put(state: RunState, rule: RuleId | null, stretch: Stretch): boolean {
    const isOther = this.current?.state !== state || this.rule !== rule;
    if (this.current?.state !== state) this.begin(state, rule, stretch);
    this.rule = rule;
    this.extend(stretch);
    return isOther;
  }

  private begin(state: RunState, rule: RuleId | null, { fromMs }: Stretch): void {
    this.current = { state, rule, from_ms: fromMs, to_ms: fromMs, windows: 0, hits: 0 };
    if (this.spans.length < maxSpans) this.spans.push(this.current);
    else this.leftOut += 1;
  }

  /** The previous state continues. */
  extend({ fromMs, toMs, hits, windows }: Stretch): void {
    const { current } = this;
    if (current === null) return;
    current.to_ms = toMs;
    current.windows += windows;
    current.hits += hits;
    add(this.ms, current.state, toMs - fromMs);
    add(this.hits, current.state, hits);
  }

  has(state: RunState): boolean {
    return this.ms.has(state);
  }

  summary(): LightSummary {
    return {
      spans: this.spans,
      spans_left_out: this.leftOut,
      time: fractions(this.ms),
      hits: fractions(this.hits),
    };
  }
}

function add(sums: Map<RunState, number>, state: RunState, value: number): void {
  sums.set(state, (sums.get(state) ?? 0) + value);
}

function fractions(sums: ReadonlyMap<RunState, number>): Partial<Record<RunState, number>> {
  const whole = [...sums.values()].reduce((sum, value) => sum + value, 0);
  return Object.fromEntries([...sums].map(([state, value]) => [state, whole === 0 ? 0 : value / whole]));
}
