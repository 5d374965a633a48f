/** The rule about orbit counters: compares them with the clock of the windows and with each other. */
import { clockOf, type WindowMessage } from "../../../../pipeline/model/index.js";
import type { RawFinding } from "../view.js";
import { OrbitReset } from "./orbit-reset.js";
import { scopeOf } from "./read-out.js";
import type { FpgaQuantities } from "./quantities.js";
import { orbitDifference, orbitNumbers, StrayOrbits, type Ends } from "./stray-orbits.js";
import { rawFinding, type PhysicsView } from "./view.js";

interface CounterState {
  /** Last orbit of the newest window minus the number of orbits by the windows' clock. */
  offset: number;
  last: number;
  /** Largest offset of the last minutes without a jump: that of rows which arrive on time. */
  onTime: number;
  /** Number of windows since the offset was last that large. */
  windowsLate: number;
}

/** Limits of a jump, in window lengths; an FPGA that falls silent within a window is behind by up to one. */
const [forward, behind] = [0.6, 1.1];
/** Maximum disorder of rows in transit, in window lengths. */
const disorder = 0.1;
/** Number of windows after which rows that arrive late count as on time. */
const longestLateness = 60;
/** Number of windows for which a jump is reported. */
const jumpWindows = 3;
/** Number of windows in a row in which single rows have wrong orbits, for a finding. */
const strayWindows = 3;

/** Judges the orbit counters; in arrival time only. */
export class OrbitCounters {
  private readonly known = new Map<number, CounterState>();
  private jump: { reported: RawFinding; left: number } | null = null;
  /** Number of windows in a row in which the counters do not follow the clock. */
  private oddWindows = 0;
  /** Whether the counters differed in the last window: then agreement is a repair, not a jump. */
  private isSplit = false;
  private readonly resets = new OrbitReset();
  private readonly strays = new StrayOrbits();

  judge({ layout, newest, rules, detector }: PhysicsView): RawFinding[] {
    if (newest.window.time !== "arrival" || !rules["orbit-counter"].enabled) return [];
    const { orbitNs } = clockOf(detector);
    const windowOrbits = ((newest.window.end_ms - newest.window.start_ms) * 1e6) / orbitNs;
    const ends = this.strays.take(endsOf(newest), windowOrbits);
    const counters = layout.fpgas.flatMap((places) => {
      const own = ends.get(places.fpga);
      const hits = newest.read_out?.[String(places.fpga)]?.hits ?? 0;
      return own === undefined || hits < rules["orbit-counter"].hits
        ? []
        : (counterOf(newest, places, own, orbitNs) ?? []);
    });
    const reset = this.resets.take(ends);
    // The next window shows whether the other counters follow.
    if (reset === "waiting") return [];
    if (reset === "reset") return [this.beginAgain(counters, windowOrbits)];
    const everyChamber = detector.chambers.map((_, chamber) => chamber);
    const stuck = stuckOf(counters, layout.fpgas.length, everyChamber, windowOrbits);
    if (stuck.length > 0) return stuck;
    const moved = counters.filter((counter) => this.hasMoved(counter, windowOrbits));
    const ahead = counters.reduce<Counter | null>(
      (most, one) => (most === null || orbitDifference(one.offset, most.offset) > 0 ? one : most),
      null,
    );
    const isSplit = counters.some(
      ({ offset }) => orbitDifference(ahead?.offset ?? 0, offset) > behind * windowOrbits,
    );
    const wasSplit = this.isSplit;
    this.isSplit = isSplit;
    if (isSplit) return [this.split(counters, moved, newest, everyChamber, windowOrbits)];
    const isOdd = counters.some(({ span }) => span > 1.5 * windowOrbits);
    this.oddWindows = isOdd || moved.length > 0 ? this.oddWindows + 1 : 0;
    if (moved.length > 0 && !wasSplit) this.noteJump(moved, counters, everyChamber);
    for (const counter of counters) this.note(counter, moved.includes(counter), windowOrbits);
    if (this.jump === null || this.jump.left <= 0) return this.strayRows(layout.fpgas);
    this.jump.left -= 1;
    return [this.jump.reported];
  }

  private strayRows(fpgas: readonly FpgaQuantities[]): RawFinding[] {
    return fpgas
      .filter(({ fpga }) => this.strays.windowsOf(fpga) >= strayWindows)
      .map((places) => {
        const reason = `some rows of FPGA ${places.fpga} have orbits of another time`;
        return rawFinding("orbit-counter", scopeOf(places), "warning", reason, { windows: 1 });
      });
  }

  /**
   * Whether a counter has jumped. Rows that arrive late look similar, but their orbits continue where those of the
   * last window ended, and when they have caught up, they are no further than those that arrived on time.
   */
  private hasMoved({ places, offset, first }: Counter, windowOrbits: number): boolean {
    const before = this.known.get(places.fpga);
    if (before === undefined) return false;
    const by = orbitDifference(offset, before.offset);
    if (by < -behind * windowOrbits) return orbitDifference(first, before.last) < -disorder * windowOrbits;
    return by > forward * windowOrbits && orbitDifference(offset, before.onTime) > disorder * windowOrbits;
  }

  private note({ places, offset, last }: Counter, hasMoved: boolean, windowOrbits: number): void {
    const before = this.known.get(places.fpga);
    const isLate =
      before !== undefined &&
      !hasMoved &&
      before.windowsLate < longestLateness &&
      orbitDifference(before.onTime, offset) > disorder * windowOrbits;
    const onTime = isLate ? before.onTime : offset;
    this.known.set(places.fpga, { offset, last, onTime, windowsLate: isLate ? before.windowsLate + 1 : 0 });
  }

  /**
   * Reports that all counters have restarted together. The finding stays active one window longer than it is
   * reported.
   */
  private beginAgain(counters: Counter[], windowOrbits: number): RawFinding {
    for (const counter of counters) this.note(counter, true, windowOrbits);
    this.isSplit = false;
    const orbit = Math.min(...counters.map(({ last }) => last));
    const reason = "orbit counter reset: all FPGAs count from the start, as when a run begins";
    const numbers: Record<string, number> = counters.length === 0 ? {} : { orbit };
    this.jump = {
      reported: rawFinding("orbit-counter", { kind: "stream" }, "warning", reason, numbers),
      left: 0,
    };
    return this.jump.reported;
  }

  /**
   * Reports that two or more counters differ: names the one that has moved or, if no earlier windows are known, the one behind.
   */
  private split(
    counters: Counter[],
    moved: Counter[],
    newest: WindowMessage,
    chambers: number[],
    windowOrbits: number,
  ): RawFinding {
    for (const counter of counters)
      if (!this.known.has(counter.places.fpga) || !moved.includes(counter))
        this.note(counter, false, windowOrbits);
    const byOffset = [...counters].sort((a, b) => a.last - b.last);
    const culprit = (moved.length === 1 ? moved[0] : byOffset[0]) as Counter;
    const other = counters.find((one) => one !== culprit) as Counter;
    const by = Math.abs(orbitDifference(culprit.last, other.last));
    const isReset = culprit.last < other.last && culprit.last < Math.max(0.1 * other.last, 2e6);
    const [name, otherName] = [`FPGA ${culprit.places.fpga}`, `FPGA ${other.places.fpga}`];
    const what = isReset ? "was reset" : "has jumped";
    const reason = `the orbit counter of ${name} ${what}: it differs by ${by} orbits from that of ${otherName}`;
    const own = moved.length === 1 ? culprit.places.chambers : chambers;
    return rawFinding(
      "orbit-counter",
      { kind: "fpga", fpga: culprit.places.fpga, chambers: own },
      "bad",
      reason,
      {
        difference_orbits: by,
        window: newest.msg_ID,
        windows: 1,
      },
    );
  }

  private noteJump(moved: Counter[], counters: Counter[], chambers: number[]): void {
    // A fast or slow replay, and data in bursts, move the counter in every window: the rule on the clock reports
    // that.
    if (this.oddWindows > 1) return;
    const [first] = moved as [Counter];
    const by = orbitDifference(first.offset, this.known.get(first.places.fpga)?.offset ?? 0);
    const all = moved.length === counters.length;
    const what = all
      ? "the orbit counters of all FPGAs have"
      : `the orbit counter of FPGA ${first.places.fpga} has`;
    const reason = `${what} jumped by ${Math.round(by)} orbits relative to the clock of the windows`;
    const scope: RawFinding["scope"] = {
      kind: "fpga",
      fpga: first.places.fpga,
      chambers: all ? chambers : first.places.chambers,
    };
    this.jump = {
      reported: rawFinding("orbit-counter", scope, "bad", reason, {
        jump_orbits: Math.round(by),
        windows: 1,
      }),
      left: jumpWindows,
    };
  }

  /** Forgets the counters, as after a gap. */
  forget(): void {
    this.known.clear();
    this.resets.forget();
    this.strays.forget();
  }
}

interface Counter {
  places: FpgaQuantities;
  span: number;
  first: number;
  last: number;
  offset: number;
}

function stuckOf(counters: Counter[], fpgas: number, chambers: number[], windowOrbits: number): RawFinding[] {
  const stuck = counters.filter(({ span }) => span < 0.02 * windowOrbits);
  if (stuck.length > 1 && stuck.length === fpgas) {
    const scope = { kind: "fpga", fpga: stuck[0]?.places.fpga ?? 0, chambers } as const;
    return [
      rawFinding("orbit-counter", scope, "bad", "the orbit counters of all FPGAs are stuck", { windows: 1 }),
    ];
  }
  return stuck.map(({ places, span }) =>
    rawFinding("orbit-counter", scopeOf(places), "bad", `the orbit counter of FPGA ${places.fpga} is stuck`, {
      span_orbits: span,
      windows: 1,
    }),
  );
}

/** First and last orbits by FPGA. */
function endsOf({ read_out: readOut = {} }: WindowMessage): Map<number, Ends> {
  const ends = new Map<number, Ends>();
  for (const [fpga, { orbit_first: first, orbit_last: last }] of Object.entries(readOut))
    if (first !== null && last !== null) ends.set(Number(fpga), { first, last });
  return ends;
}

function counterOf(
  { window }: WindowMessage,
  places: FpgaQuantities,
  { first, last }: Ends,
  orbitNs: number,
): Counter | null {
  // The counter has wrapped within the window or was reset: the next window shows which.
  if (last - first > orbitNumbers / 2) return null;
  const passed = (window.end_ms * 1e6) / orbitNs;
  const offset = (((last - passed) % orbitNumbers) + orbitNumbers) % orbitNumbers;
  return { places, span: last - first, first, last, offset };
}
