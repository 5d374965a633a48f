/** The orbit counter of the simulated read-out. */
import { maxOrbit, orbitPeriodNs as defaultOrbitNs } from "../../pipeline/model/index.js";

const nsPerSecond = 1e9;
const nsPerMs = 1e6;
const orbits = maxOrbit + 1;

export class OrbitClock {
  private elapsedOrbits = 0;
  private orbitsPerRow: number;

  /**
   * @param firstOrbit value of the counter at the start
   * @param orbitNs length of an orbit
   */
  constructor(
    private readonly firstOrbit: number,
    rateHz: number,
    private readonly orbitNs = defaultOrbitNs,
  ) {
    this.orbitsPerRow = this.orbitsPerRowAt(rateHz);
  }

  setRate(rateHz: number): void {
    this.orbitsPerRow = this.orbitsPerRowAt(rateHz);
  }

  private orbitsPerRowAt(rateHz: number): number {
    return nsPerSecond / this.orbitNs / rateHz;
  }

  /** Advances the time by `rows` rows at the set rate. */
  passRows(rows: number): void {
    this.elapsedOrbits += rows * this.orbitsPerRow;
  }

  passMs(elapsedMs: number): void {
    this.elapsedOrbits += (elapsedMs * nsPerMs) / this.orbitNs;
  }

  /** Orbits since the start at the time `rows` rows before now; not an integer. */
  elapsedBefore(rows: number): number {
    return this.elapsedOrbits - rows * this.orbitsPerRow;
  }

  /** Value of the counter `orbitsLater` orbits after now; it wraps at 2^32. */
  counter(orbitsLater = 0): number {
    return this.counterAt(this.elapsedOrbits + orbitsLater);
  }

  /** Value of the counter after this number of orbits since the start; it wraps at 2^32. */
  counterAt(elapsedOrbits: number): number {
    const counted = (this.firstOrbit + Math.floor(elapsedOrbits)) % orbits;
    return counted < 0 ? counted + orbits : counted;
  }
}
