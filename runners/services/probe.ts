/**
 * Periodic health check of a service. One check at a time, each with a deadline: a hung service is detected, and
 * checks never queue up.
 */
import { Silence } from "../process/index.js";

/** @returns null while the service is healthy, else the problem, worded to follow its name */
export type Question = (signal: AbortSignal) => Promise<string | null>;

export interface ProbeOptions {
  ask: Question;
  /** Pause between an answer and the next check, ms. */
  everyMs?: number;
  /** Timeout of an answer, ms. */
  withinMs?: number;
  /** A failure counts when the last good answer is older than this, ms; pauses of this process are not counted. */
  toleratedMs?: number;
}

const defaults = { everyMs: 1000, withinMs: 4000, toleratedMs: 5000 };
export const noAnswer = "has not answered";

export class Probe {
  private readonly options: Required<ProbeOptions>;
  private readonly closing = new AbortController();
  /** Since the last good answer. */
  private readonly silence = new Silence();
  private failure: string | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ProbeOptions) {
    this.options = { ...defaults, ...options };
    this.next();
  }

  /** The problem and its start time; null while the service is healthy. */
  get problem(): string | null {
    if (this.silence.ms <= this.options.toleratedMs) return null;
    return `${this.failure ?? noAnswer} since ${clockTime(this.silence.sinceMs)}`;
  }

  /** Notes other evidence that the service is working. */
  markGood(): void {
    this.silence.end();
    this.failure = null;
  }

  close(): void {
    this.closing.abort();
    clearTimeout(this.timer);
    this.silence.close();
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

/** Time of day, as "12:01:07 UTC". */
export function clockTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 19)} UTC`;
}
