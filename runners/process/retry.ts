/** Retries with exponential back-off. */
import { MuonitorError } from "../../pipeline/model/index.js";
import { pause } from "./wait.js";

interface BackOffOptions {
  firstMs: number;
  longestMs: number;
}

/** Pauses that double from the shortest to the longest. */
export class BackOff {
  private nextMs: number;

  constructor(private readonly options: BackOffOptions) {
    this.nextMs = options.firstMs;
  }

  /** Restarts with the shortest pause. */
  reset(): void {
    this.nextMs = this.options.firstMs;
  }

  /** The length of the next pause, ms. */
  next(): number {
    const ms = this.nextMs;
    this.nextMs = Math.min(2 * ms, this.options.longestMs);
    return ms;
  }

  /** @throws the signal's reason */
  pause(signal?: AbortSignal): Promise<void> {
    return pause(this.next(), signal);
  }
}

interface RetryOptions extends BackOffOptions {
  /** Default: errors that are marked as retriable. */
  isRetriable?: (error: unknown) => boolean;
  /** Maximum number of attempts; unlimited by default. */
  attempts?: number;
  /** No attempt starts after this time; unlimited by default. */
  withinMs?: number;
  signal?: AbortSignal | undefined;
  onRetry?: (error: unknown) => void;
}

/** Repeats work until it succeeds. @throws its last error, or the signal's reason */
export async function retry<T>(work: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts = Infinity, withinMs = Infinity, isRetriable = canPass, signal, onRetry } = options;
  const backOff = new BackOff(options);
  const end = performance.now() + withinMs;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isRetriable(error) || attempt >= attempts || performance.now() >= end) throw error;
      onRetry?.(error);
    }
    await backOff.pause(signal);
  }
}

function canPass(error: unknown): boolean {
  return error instanceof MuonitorError && error.retriable;
}
