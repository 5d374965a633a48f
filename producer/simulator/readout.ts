/**
 * The read-out fetches the rows of the FPGAs in turn, a few at a time. Rows of different FPGAs are therefore out of order by
 * tens to hundreds of orbits at 1000 rows/s, as in real data.
 */
import type { Random } from "../random.js";
import { freeRow, RowQueue } from "./row-queue.js";
import type { Row } from "./row-queue.js";

/** Maximum number of rows fetched from one FPGA before the next. */
const longestTurn = 8;
/** Initial capacity; most events have far fewer rows. */
const capacityRows = 1024;

export class Readout {
  private readonly queues: Map<number, RowQueue>;
  private readonly order: RowQueue[];
  private turn = 0;
  private left = 0;
  /** Number of waiting rows. */
  length = 0;
  /** Number of waiting rows that use up the set rate. */
  spending = 0;

  constructor(
    fpgas: readonly number[],
    private readonly random: Random,
  ) {
    this.queues = new Map(fpgas.map((fpga) => [fpga, new RowQueue(capacityRows)]));
    this.order = [...this.queues.values()];
  }

  push(
    head: number,
    fpga: number,
    channel: number,
    orbit: number,
    bx: number,
    tdc: number,
    slot: number,
    flags = 0,
  ): void {
    const queue = this.queues.get(fpga) as RowQueue;
    queue.push(head, fpga, channel, orbit, bx, tdc, slot, flags);
    this.length += 1;
    if ((flags & freeRow) === 0) this.spending += 1;
  }

  /** Drops all waiting rows. */
  clear(): void {
    for (const queue of this.order) queue.clear();
    this.length = 0;
    this.spending = 0;
  }

  /** Moves the next row into `row`; at least one row must be waiting. */
  shiftInto(row: Row): void {
    let queue = this.order[this.turn] as RowQueue;
    while (this.left === 0 || queue.length === 0) {
      this.turn = (this.turn + 1) % this.order.length;
      this.left = 1 + this.random.below(longestTurn);
      queue = this.order[this.turn] as RowQueue;
    }
    queue.shiftInto(row);
    this.left -= 1;
    this.length -= 1;
    if ((row.flags & freeRow) === 0) this.spending -= 1;
  }
}
