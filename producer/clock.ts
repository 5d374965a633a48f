/** The clock of a production; tests replace it. */

export interface Clock {
  /** Wall clock, ms since the Unix epoch: the record time. */
  wallMs(): number;
  /** Monotonic clock for the pace, ms since an arbitrary moment. */
  monotonicMs(): number;
  /** Resolves after `ms`, or immediately when `signal` is or becomes aborted. 0 only yields to other work. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      if (ms <= 0) return void setImmediate(resolve);
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener("abort", wake);
    }),
};
