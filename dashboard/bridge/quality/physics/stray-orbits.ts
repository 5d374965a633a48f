/** Recognises windows in which single rows of an FPGA have wrong orbits, such as a flipped bit. */
import { maxOrbit } from "../../../../pipeline/model/index.js";

/** Number of values of the counter. */
export const orbitNumbers = maxOrbit + 1;

/** Difference of two orbits of a counter that wraps. */
export function orbitDifference(a: number, b: number): number {
  const raw = a - b;
  return raw > orbitNumbers / 2 ? raw - orbitNumbers : raw < -orbitNumbers / 2 ? raw + orbitNumbers : raw;
}

/** Smallest and largest orbit of an FPGA in a window. */
export interface Ends {
  first: number;
  last: number;
}

/** A span of more window lengths has orbits of another time. */
const longestSpan = 1.5;
/** Range of the orbits that follow the last one of the window before, in window lengths. */
const [earliest, latest] = [-0.1, 1.6];

interface Known {
  /** Without single rows. */
  last: number;
  /** Of all rows. */
  ownLast: number;
  /** Number of windows in a row with wrong orbits. */
  windows: number;
  /** Whether the counter is faster than the windows, as in a replay. */
  isFast: boolean;
}

export class StrayOrbits {
  private readonly known = new Map<number, Known>();

  /**
   * Replaces the last orbit of an FPGA in a window if it is that of a row far ahead of the others. If the counter has jumped
   * or a fast replay has begun, the next window shows it. A row far behind moves only the first orbit, by which no counter is
   * judged.
   */
  take(window: ReadonlyMap<number, Ends>, windowOrbits: number): Map<number, Ends> {
    const all = [...window];
    return new Map(
      all.map(([fpga, own]) => {
        const others = all.filter(([other]) => other !== fpga).map(([, ends]) => ends);
        return [fpga, { first: own.first, last: this.lastOf(fpga, own, others, windowOrbits) }];
      }),
    );
  }

  private lastOf(fpga: number, own: Ends, others: readonly Ends[], windowOrbits: number): number {
    const before = this.known.get(fpga);
    const isLong = own.last - own.first > longestSpan * windowOrbits;
    const isFast = isLong && before !== undefined && (before.isFast || wasNoStray(before, own));
    const follows = (orbit: number): boolean => {
      const by = orbitDifference(orbit, before?.last ?? 0) / windowOrbits;
      return by > earliest && by < latest;
    };
    const end = follows(own.first) ? "last" : "first";
    // A jump or a reset of several counters has the same orbits in all of them.
    const isAlone = others.every((other) => Math.abs(orbitDifference(other[end], own[end])) > windowOrbits);
    const isStray =
      before !== undefined && isLong && !isFast && isAlone && follows(own.first) !== follows(own.last);
    const isAhead = isStray && end === "last";
    const last = isAhead ? (before.last + Math.round(windowOrbits)) % orbitNumbers : own.last;
    const windows = isStray ? before.windows + 1 : 0;
    this.known.set(fpga, { last, ownLast: own.last, windows, isFast });
    return last;
  }

  /** Number of windows in a row in which single rows of the FPGA had wrong orbits. */
  windowsOf(fpga: number): number {
    return this.known.get(fpga)?.windows ?? 0;
  }

  forget(): void {
    this.known.clear();
  }
}

/** Whether a window continues from the last orbit of all rows of the one before. */
function wasNoStray({ last, ownLast, windows }: Known, { first }: Ends): boolean {
  return windows > 0 && Math.abs(orbitDifference(first, ownLast)) < Math.abs(orbitDifference(first, last));
}
