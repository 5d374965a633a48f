/** Time as the production sees it; tests put their own clock here. */

export interface Clock {
  /** Wall clock, ms since the Unix epoch: the record time. */
  wallMs(): number;
  /** A clock that never steps, ms since any moment: the pace. */
  monotonicMs(): number;
  /** Resolves after `ms`, or at once when `signal` is or becomes aborted. 0 only lets other work go first. */
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
