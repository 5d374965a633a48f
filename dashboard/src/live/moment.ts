/**
 * Measures elapsed time even if a clock is set or the machine sleeps. The wall clock jumps when it is set; the steady
 * clock stops while the machine sleeps. The longer of both times is right, except for up to a second after the wall
 * clock is set forward, until the next status.
 */
export interface Moment {
  /** Unix epoch, ms. */
  wallMs: number;
  /** Since the page was opened, ms; never set. */
  steadyMs: number;
}

export function presentMoment(): Moment {
  return { wallMs: Date.now(), steadyMs: performance.now() };
}

export function elapsedMs(since: Moment, now: Moment): number {
  return Math.max(0, now.wallMs - since.wallMs, now.steadyMs - since.steadyMs);
}

/** A background page runs only once a minute, which does not count as sleep. */
const backgroundTickMs = 90_000;
const wakefulTickMs = 6_000;

/** Length of this browser's sleep between two ticks of its clock, ms; 0 without a sleep. */
export function sleptMs(last: Moment, now: Moment, wasVisible: boolean): number {
  const gap = elapsedMs(last, now);
  return gap > (wasVisible ? wakefulTickMs : backgroundTickMs) ? gap : 0;
}
