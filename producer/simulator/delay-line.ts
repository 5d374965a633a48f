/** Delays the hits of each FPGA, so that they leave the read-out later than the trigger words of their orbit. */
import type { Readout } from "./readout.js";
import { RowQueue } from "./row-queue.js";
import type { Row } from "./row-queue.js";

const initialRows = 4096;

interface Line {
  queue: RowQueue;
  delayOrbits: number;
  /** Orbits since the start at which each row of the queue is due, oldest first, starting at index `first`. */
  due: number[];
  first: number;
}

export class DelayLine {
  private readonly lines = new Map<number, Line>();
  private readonly row: Row = { head: 0, fpga: 0, channel: 0, orbit: 0, bx: 0, tdc: 0, slot: 0, flags: 0 };
  readonly longestOrbits: number;

  /** @param delays delays in orbits, in the order of the FPGAs; they repeat if there are more FPGAs */
  constructor(
    private readonly readout: Readout,
    fpgas: readonly number[],
    delays: readonly number[],
  ) {
    this.longestOrbits = Math.max(...delays);
    fpgas.forEach((fpga, i) => {
      const delayOrbits = delays[i % delays.length] as number;
      this.lines.set(fpga, { queue: new RowQueue(initialRows), delayOrbits, due: [], first: 0 });
    });
  }

  push(nowOrbits: number, ...[head, fpga, ...rest]: Parameters<Readout["push"]>): void {
    const line = this.lines.get(fpga) as Line;
    const [channel, orbit, bx, tdc, slot, flags = 0] = rest;
    line.queue.push(head, fpga, channel, orbit, bx, tdc, slot, flags);
    line.due.push(nowOrbits + line.delayOrbits);
  }

  /** Passes all due rows to the read-out. */
  release(nowOrbits: number): void {
    for (const line of this.lines.values()) {
      while (line.first < line.due.length && (line.due[line.first] as number) <= nowOrbits) {
        line.queue.shiftInto(this.row);
        line.first += 1;
        const { head, fpga, channel, orbit, bx, tdc, slot, flags } = this.row;
        this.readout.push(head, fpga, channel, orbit, bx, tdc, slot, flags);
      }
      if (line.first < initialRows) continue;
      line.due.splice(0, line.first);
      line.first = 0;
    }
  }

  clear(): void {
    for (const line of this.lines.values()) {
      line.queue.clear();
      line.due = [];
      line.first = 0;
    }
  }
}
