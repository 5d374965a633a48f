/**
 * Asks a part again and again whether it does its work. One question at a time, each with a deadline: a part that hangs
 * is noticed, and questions never pile up in front of it.
 */

/** @returns null while the part does its work, else what is wrong, in words that follow its name */
export type Question = (signal: AbortSignal) => Promise<string | null>;

export interface ProbeOptions {
  ask: Question;
  /** Pause between an answer and the next question, ms. */
  everyMs?: number;
  /** Time for an answer, ms. */
  withinMs?: number;
  /** A failure counts when the last good answer is older than this, ms. */
  toleratedMs?: number;
}

const defaults = { everyMs: 1000, withinMs: 4000, toleratedMs: 5000 };
export const noAnswer = "has not answered";

export class Probe {
  private readonly options: Required<ProbeOptions>;
  private readonly closing = new AbortController();
  private good = { ms: performance.now(), wallMs: Date.now() };
  private failure: string | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ProbeOptions) {
    this.options = { ...defaults, ...options };
    this.next();
  }

  /** What is wrong and since when; null while the part does its work. */
  get problem(): string | null {
    if (performance.now() - this.good.ms <= this.options.toleratedMs) return null;
    return `${this.failure ?? noAnswer} since ${clockTime(this.good.wallMs)}`;
  }

  /** The part has just shown that it works, on another way than by an answer. */
  markGood(): void {
    this.good = { ms: performance.now(), wallMs: Date.now() };
    this.failure = null;
  }

  close(): void {
    this.closing.abort();
    clearTimeout(this.timer);
  }

  private next(): void {
    if (this.closing.signal.aborted) return;
    this.timer = setTimeout(() => void this.ask(), this.options.everyMs);
  }

  private async ask(): Promise<void> {
    const signal = AbortSignal.any([this.closing.signal, AbortSignal.timeout(this.options.withinMs)]);
    const failure = await this.options.ask(signal).catch(() => noAnswer);
    if (failure === null && !signal.aborted) this.markGood();
    else this.failure = failure ?? noAnswer;
    this.next();
  }
}

/** A moment of today, as "12:01:07 UTC". */
export function clockTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}
