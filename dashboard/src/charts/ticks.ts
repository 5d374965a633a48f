/** Ticks at round times and at integers. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
export const day = 24 * hour;
const steps = [1, 2, 5, 10, 15, 30]
  .map((n) => n * second)
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * minute))
  .concat([1, 2, 3, 6, 12].map((n) => n * hour))
  .concat([1, 2, 4, 7, 14, 28].map((n) => n * day));

/** Length of "21:20:00" with a gap. */
const timeEm = 6.5;

/** Round times between two times: at most `atMost`, and at most as many as an axis of this length has room for. */
export function timeTicks(fromMs: number, toMs: number, atMost: number, lengthEm: number): number[] {
  const most = Math.max(1, Math.min(atMost, Math.floor(lengthEm / timeEm)));
  const step =
    steps.find((size) => (toMs - fromMs) / size <= most) ?? Math.ceil((toMs - fromMs) / most / day) * day;
  const first = Math.ceil(fromMs / step) * step;
  const ticks: number[] = [];
  for (let ms = first; ms <= toMs; ms += step) ticks.push(ms);
  return ticks;
}

const wholeSteps = [1, 2, 4, 8, 16, 32, 64];

/** Equidistant integers between two numbers, at most about `most` of them. */
export function wholeTicks(min: number, max: number, most: number): number[] {
  const step = wholeSteps.find((size) => (max - min) / size <= most) ?? (max - min) / most;
  const ticks: number[] = [];
  for (let x = Math.ceil(min / step) * step; x <= max; x += step) ticks.push(x);
  return ticks;
}
