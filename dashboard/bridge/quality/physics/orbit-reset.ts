/**
 * Recognises a reset of all orbit counters together, as at the start of a run. This is not a fault; the reset of a
 * single FPGA is one.
 */
import { orbitNumbers, type Ends } from "./stray-orbits.js";

/** 89 s; rows are never that much out of order. */
const leastFall = 1_000_000;

/** State of the counter of an FPGA; windows are numbered from the first. */
interface Counter {
  /** Last orbit of its newest window. */
  last: number;
  seenIn: number;
  /** The window in which the counter fell, and the first one without earlier orbits. */
  fellIn: number;
  endedIn: number;
}

export class OrbitReset {
  private readonly counters = new Map<number, Counter>();
  private windows = 0;

  /** `waiting`: some counters fell, and the others may follow within two windows. */
  take(window: Iterable<readonly [fpga: number, ends: Ends]>): "none" | "waiting" | "reset" {
    const now = (this.windows += 1);
    for (const [fpga, ends] of window) this.note(fpga, ends);
    const present = [...this.counters.values()].filter(({ seenIn }) => seenIn >= now - 1);
    const fallen = present.filter(({ endedIn }) => endedIn >= now - 2);
    if (fallen.length === 0) return "none";
    const from = Math.min(...fallen.map(({ fellIn }) => fellIn));
    const isTogether = (counter: Counter): boolean => Math.abs(counter.fellIn - from) <= 1;
    if (fallen.length === present.length)
      return fallen.every(isTogether) && fallen.some(({ endedIn }) => endedIn === now) ? "reset" : "none";
    const others = present.filter((counter) => !fallen.includes(counter));
    return now <= from || others.every(isTogether) ? "waiting" : "none";
  }

  private note(fpga: number, { first, last }: Ends): void {
    const now = this.windows;
    const counter = this.counters.get(fpga) ?? { last, seenIn: now, fellIn: -Infinity, endedIn: -Infinity };
    // The window of the fall also contains earlier orbits.
    if (isFall(counter.last, first) && counter.fellIn !== now - 1) counter.fellIn = now;
    if (isFall(counter.last, last)) counter.endedIn = now;
    counter.last = last;
    counter.seenIn = now;
    this.counters.set(fpga, counter);
  }

  forget(): void {
    this.counters.clear();
  }
}

/** Whether the counter fell. A counter that has wrapped is only slightly ahead of its last value. */
function isFall(before: number, orbit: number): boolean {
  const fall = before - orbit;
  return fall > leastFall && orbitNumbers - fall > leastFall;
}
