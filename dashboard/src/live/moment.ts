/**
 * Time that passes although clocks are set and machines sleep: the wall clock jumps when it is set, the steady clock
 * stands still while the machine sleeps. Whichever saw more time pass is right, except for up to a second after the
 * wall clock was set forward; then the next status corrects it.
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

/** A page in the background is only woken once a minute; that is no sleep. */
const backgroundTickMs = 90_000;
const wakefulTickMs = 6_000;

/** How long this browser did not run between two ticks of its clock, ms; 0 when it did. */
export function sleptMs(last: Moment, now: Moment, wasVisible: boolean): number {
  const gap = elapsedMs(last, now);
  return gap > (wasVisible ? wakefulTickMs : backgroundTickMs) ? gap : 0;
}
