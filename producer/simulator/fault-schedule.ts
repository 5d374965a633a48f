/** Determines when each detector fault is active, and its strength. */
import { faultKind, orbitPeriodNs } from "../../pipeline/model/index.js";
import type { AnyDetectorFault, DetectorFault } from "../../pipeline/model/index.js";
import type { Random } from "../random.js";

const orbitsPerSecond = 1e9 / orbitPeriodNs;
/** Step of the strength of a growing fault. */
const rampStepOrbits = 0.5 * orbitsPerSecond;

/** An active fault. */
export interface PresentFault {
  fault: AnyDetectorFault;
  strength: number;
  /** Orbits since the start when it became active. */
  sinceOrbits: number;
}

interface Entry {
  fault: AnyDetectorFault;
  text: string;
  /** Orbits since the start when it was switched on. */
  startOrbits: number;
  /** For a random intermittent fault: whether it is active, and until when. */
  isOn: boolean;
  untilOrbits: number;
  /** Orbits since the start when it last became active. */
  sinceOrbits: number;
}

export class FaultSchedule {
  private entries: Entry[] = [];
  private nextOrbits = Infinity;

  constructor(private readonly random: Random) {}

  /** Replaces the list; a fault that is also in the previous list continues unchanged. */
  set(faults: readonly DetectorFault[], nowOrbits: number): void {
    const before = [...this.entries];
    this.entries = faults.map((fault) => {
      const text = JSON.stringify(fault);
      const place = before.findIndex((entry) => entry.text === text);
      if (place >= 0) return before.splice(place, 1)[0] as Entry;
      return { fault, text, startOrbits: nowOrbits, isOn: false, untilOrbits: 0, sinceOrbits: NaN };
    });
    this.nextOrbits = faults.length > 0 ? nowOrbits : Infinity;
  }

  /** Whether the active faults have changed. */
  isDue(nowOrbits: number): boolean {
    return nowOrbits >= this.nextOrbits;
  }

  /** The active faults; also computes the time of the next change. */
  present(nowOrbits: number): PresentFault[] {
    this.nextOrbits = Infinity;
    return this.entries.flatMap((entry) => {
      if (!this.isActive(entry, nowOrbits)) {
        entry.sinceOrbits = NaN;
        return [];
      }
      if (Number.isNaN(entry.sinceOrbits)) entry.sinceOrbits = nowOrbits;
      const { fault, sinceOrbits } = entry;
      return [{ fault, strength: this.strengthOf(entry, nowOrbits), sinceOrbits }];
    });
  }

  private isActive(entry: Entry, nowOrbits: number): boolean {
    const { from_s = 0, to_s = Infinity, period_s } = entry.fault;
    const from = entry.startOrbits + from_s * orbitsPerSecond;
    const to = entry.startOrbits + to_s * orbitsPerSecond;
    if (nowOrbits < from) return this.laterAt(from);
    if (nowOrbits >= to) return false;
    this.laterAt(to);
    return period_s === undefined || this.isInTurn(entry, nowOrbits, from, period_s * orbitsPerSecond);
  }

  private isInTurn(entry: Entry, nowOrbits: number, from: number, period: number): boolean {
    const { duty = 0.5, random = false } = entry.fault;
    if (random) return this.isInRandomTurn(entry, nowOrbits, from, period * duty, period * (1 - duty));
    const turn = Math.floor((nowOrbits - from) / period);
    const end = from + (turn + duty) * period;
    const isOn = nowOrbits < end;
    this.laterAt(isOn ? end : from + (turn + 1) * period);
    return isOn;
  }

  private isInRandomTurn(entry: Entry, nowOrbits: number, from: number, on: number, off: number): boolean {
    if (entry.untilOrbits < from) entry.untilOrbits = from;
    while (entry.untilOrbits <= nowOrbits) {
      entry.isOn = !entry.isOn;
      entry.untilOrbits += Math.max(1, this.random.exponential() * (entry.isOn ? on : off));
    }
    this.laterAt(entry.untilOrbits);
    return entry.isOn;
  }

  private strengthOf({ fault, startOrbits }: Entry, nowOrbits: number): number {
    const { strength } = faultKind(fault.kind);
    if (strength === null) return 1;
    const full = fault.strength ?? strength.usual;
    const { ramp_s = 0, from_s = 0 } = fault;
    const share = (nowOrbits - startOrbits - from_s * orbitsPerSecond) / (ramp_s * orbitsPerSecond);
    if (!(share < 1)) return full;
    this.laterAt(nowOrbits + rampStepOrbits);
    const grown = strength.neutral + (full - strength.neutral) * share;
    return strength.integer === true ? Math.round(grown) : grown;
  }

  private laterAt(orbits: number): false {
    this.nextOrbits = Math.min(this.nextOrbits, orbits);
    return false;
  }
}
