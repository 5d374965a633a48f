/** Rows from the front end of one FPGA that the read-out has not yet fetched. */

/** The numbers of one row of the read-out. */
export interface Row {
  head: number;
  fpga: number;
  channel: number;
  orbit: number;
  bx: number;
  /** TDC_MEAS; for HEAD 4 and 5, which have six decimals, in millionths. */
  tdc: number;
  /** Slot of the channel for HEAD 2, otherwise -1. */
  slot: number;
  /** Sum of {@link lostRow} and {@link freeRow}. */
  flags: number;
}

/** A fault suppresses the row, which still uses up its share of the rate. */
export const lostRow = 1;
/** The row is in addition to the set rate. */
export const freeRow = 2;

const fields = 8;

/** First in, first out, without an object per row. */
export class RowQueue {
  private numbers: Float64Array;
  private first = 0;
  private size = 0;

  /** @param capacity initial number of rows */
  constructor(private capacity: number) {
    this.numbers = new Float64Array(capacity * fields);
  }

  get length(): number {
    return this.size;
  }

  push(
    head: number,
    fpga: number,
    channel: number,
    orbit: number,
    bx: number,
    tdc: number,
    slot: number,
    flags: number,
  ): void {
    if (this.size === this.capacity) this.grow();
    const { numbers } = this;
    const at = ((this.first + this.size) % this.capacity) * fields;
    numbers[at] = head;
    numbers[at + 1] = fpga;
    numbers[at + 2] = channel;
    numbers[at + 3] = orbit;
    numbers[at + 4] = bx;
    numbers[at + 5] = tdc;
    numbers[at + 6] = slot;
    numbers[at + 7] = flags;
    this.size += 1;
  }

  private grow(): void {
    const larger = new Float64Array(this.capacity * 2 * fields);
    const split = this.first * fields;
    larger.set(this.numbers.subarray(split));
    larger.set(this.numbers.subarray(0, split), this.numbers.length - split);
    this.numbers = larger;
    this.first = 0;
    this.capacity *= 2;
  }

  clear(): void {
    this.size = 0;
  }

  /** Moves the oldest row into `row`; the queue must not be empty. */
  shiftInto(row: Row): void {
    const { numbers } = this;
    const at = this.first * fields;
    row.head = numbers[at] as number;
    row.fpga = numbers[at + 1] as number;
    row.channel = numbers[at + 2] as number;
    row.orbit = numbers[at + 3] as number;
    row.bx = numbers[at + 4] as number;
    row.tdc = numbers[at + 5] as number;
    row.slot = numbers[at + 6] as number;
    row.flags = numbers[at + 7] as number;
    this.first = (this.first + 1) % this.capacity;
    this.size -= 1;
  }
}
