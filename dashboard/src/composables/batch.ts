/** Batches messages: the page changes at most once per screen frame, however many arrive. */

/** A visible page without frames continues after this time, ms. */
const longestWaitMs = 100;

interface Batch {
  /** Runs a job in the next frame, in order; immediately if the page is not visible. */
  add: (job: () => void) => void;
  /** Drops waiting jobs. */
  stop: () => void;
}

export function batchPerFrame(): Batch {
  let waiting: (() => void)[] = [];
  let [frame, timer] = [0, 0];

  function run(): void {
    const due = waiting;
    stop();
    for (const job of due) job();
  }
  function stop(): void {
    waiting = [];
    if (!hasFrames()) return;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  }
  function add(job: () => void): void {
    waiting.push(job);
    // Alarms must be immediate, but a background tab has no frames and delays timers.
    if (!inSight()) return run();
    if (waiting.length > 1) return;
    frame = requestAnimationFrame(run);
    timer = window.setTimeout(run, longestWaitMs);
  }
  return { add, stop };
}

function hasFrames(): boolean {
  return typeof requestAnimationFrame === "function";
}

function inSight(): boolean {
  return hasFrames() && document.visibilityState === "visible";
}
