/**
 * State of the read-out from the rows of a window, counted row by row: HEADs, orbits and internal channels of each
 * FPGA. All counters share one array, so that a window costs one allocation.
 */
import { fpgaCount, headCount, hitHead } from "../model/index.js";
import type { ByteReader, ByteWriter } from "./bytes.js";

/** Maximum number of internal channels that are counted. */
export const maxInternalChannels = 16;
const heads = fpgaCount * headCount;
/** Index of the rows with other HEADs. */
const others = heads;
const stepsBack = others + fpgaCount;
const internals = stepsBack + fpgaCount;
const counters = internals + maxInternalChannels;
/** Index of the first and last orbits of HEAD 2 rows. */
const firsts = counters;
const lasts = firsts + fpgaCount;
const numbers = lasts + fpgaCount;
const noOrbit = 0xffffffff;

/** The counter may fall by up to this number of orbits within one record. */
const usualDisorder = 1000;

export class ReadOut {
  private readonly values = new Uint32Array(numbers).fill(noOrbit, firsts, lasts);

  row(fpga: number, head: number): void {
    const at = head < headCount ? fpga * headCount + head : others + fpga;
    this.values[at] = (this.values[at] as number) + 1;
  }

  /** Takes the orbit of a HEAD 2 row. */
  orbit(fpga: number, orbit: number): void {
    const { values } = this;
    if (orbit < (values[firsts + fpga] as number)) values[firsts + fpga] = orbit;
    if (orbit > (values[lasts + fpga] as number)) values[lasts + fpga] = orbit;
  }

  internal(channel: number): void {
    this.values[internals + channel] = (this.values[internals + channel] as number) + 1;
  }

  stepBack(fpga: number): void {
    this.values[stepsBack + fpga] = (this.values[stepsBack + fpga] as number) + 1;
  }

  addTo(sums: ReadOutSums): void {
    for (let i = 0; i < counters; i += 1) sums.add(i, this.values[i] as number);
    for (let fpga = 0; fpga < fpgaCount; fpga += 1) {
      if ((this.values[fpga * headCount + hitHead] as number) === 0) continue;
      sums.orbits(fpga, this.values[firsts + fpga] as number, this.values[lasts + fpga] as number);
    }
  }
}

/** Sums over any set of rows. */
export class ReadOutSums {
  private readonly counts = new Float64Array(counters);
  private readonly first = new Float64Array(fpgaCount).fill(Infinity);
  private readonly last = new Float64Array(fpgaCount).fill(-Infinity);

  clear(): void {
    this.counts.fill(0);
    this.first.fill(Infinity);
    this.last.fill(-Infinity);
  }

  add(counter: number, count: number): void {
    this.counts[counter] = (this.counts[counter] as number) + count;
  }

  orbits(fpga: number, first: number, last: number): void {
    this.first[fpga] = Math.min(this.first[fpga] as number, first);
    this.last[fpga] = Math.max(this.last[fpga] as number, last);
  }

  merge(other: ReadOutSums): void {
    other.counts.forEach((count, i) => {
      if (count > 0) this.add(i, count);
    });
    other.first.forEach((first, fpga) => this.orbits(fpga, first, other.last[fpga] as number));
  }

  headsOf(fpga: number): number[] {
    return Array.from(this.counts.subarray(fpga * headCount, (fpga + 1) * headCount));
  }

  isSeen(fpga: number): boolean {
    return (this.counts[others + fpga] as number) > 0 || this.headsOf(fpga).some((count) => count > 0);
  }

  stepsBackOf(fpga: number): number {
    return this.counts[stepsBack + fpga] as number;
  }

  internalOf(channel: number): number {
    return this.counts[internals + channel] as number;
  }

  /** First and last orbit of the HEAD 2 rows, null if there are none. */
  orbitsOf(fpga: number): [number, number] | null {
    const first = this.first[fpga] as number;
    return first === Infinity ? null : [first, this.last[fpga] as number];
  }

  /** Writes each non-zero counter as the distance from the previous one and its count, followed by the orbits. */
  write(writer: ByteWriter): void {
    writer.varint(this.counts.reduce((some, count) => some + (count > 0 ? 1 : 0), 0));
    let before = 0;
    this.counts.forEach((count, i) => {
      if (count === 0) return;
      writer.varint(i - before);
      writer.varint(count);
      before = i;
    });
    for (let fpga = 0; fpga < fpgaCount; fpga += 1) {
      const orbits = this.orbitsOf(fpga);
      writer.varint(orbits === null ? 0 : orbits[0] + 1);
      if (orbits !== null) writer.varint(orbits[1] - orbits[0]);
    }
  }

  static read(reader: ByteReader): ReadOutSums {
    const sums = new ReadOutSums();
    for (let left = reader.varint(), at = 0; left > 0; left -= 1) {
      at += reader.varint();
      if (at < counters) sums.counts[at] = reader.varint();
    }
    for (let fpga = 0; fpga < fpgaCount; fpga += 1) {
      const first = reader.varint();
      if (first > 0) sums.orbits(fpga, first - 1, first - 1 + reader.varint());
    }
    return sums;
  }
}

/** Detects where an orbit counter falls back within one record. */
export class StepWatch {
  private readonly orbits = new Uint32Array(fpgaCount);
  private readonly records = new Float64Array(fpgaCount).fill(-1);
  private record = 0;

  beginRecord(): void {
    this.record += 1;
  }

  /** Whether the orbit of a HEAD 2 row is far below the previous one. */
  falls(fpga: number, orbit: number): boolean {
    const before = this.orbits[fpga] as number;
    this.orbits[fpga] = orbit;
    if (this.records[fpga] === this.record) return before - orbit > usualDisorder;
    this.records[fpga] = this.record;
    return false;
  }
}
