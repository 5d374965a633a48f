/**
 * The read-out fetches the rows of the FPGAs in turn, a few at a time: so rows of different FPGAs come out of order, by
 * tens to hundreds of orbits at 1000 rows/s, as the real rows do.
 */
import type { Random } from "../random.js";
import { freeRow, RowQueue } from "./row-queue.js";
import type { Row } from "./row-queue.js";

/** Most rows fetched from one FPGA before the next has its turn. */
const longestTurn = 8;
/** Most events have far fewer rows than this. */
const capacityRows = 1024;

export class Readout {
  private readonly queues: Map<number, RowQueue>;
  private readonly order: RowQueue[];
  private turn = 0;
  private left = 0;
  /** Rows that wait. */
  length = 0;
  /** Rows that wait and use up the set rate. */
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

  /** Drops all rows that wait. */
  clear(): void {
    for (const queue of this.order) queue.clear();
    this.length = 0;
    this.spending = 0;
  }

  /** Moves the next row into `row`; at least one must wait. */
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
