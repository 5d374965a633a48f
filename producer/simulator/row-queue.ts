/** Rows that the front end of one FPGA has taken and the read-out has not yet fetched. */

/** One row of the read-out in numbers. */
export interface Row {
  head: number;
  fpga: number;
  channel: number;
  orbit: number;
  bx: number;
  /** TDC_MEAS; for HEAD 4 and 5 in millionths, as it has six decimals there. */
  tdc: number;
  /** Slot of the channel for HEAD 2, else -1. */
  slot: number;
}

const fields = 7;

/** First in, first out, without an object per row. */
export class RowQueue {
  private readonly numbers: Float64Array;
  private first = 0;
  private size = 0;

  /** @param capacity rows */
  constructor(private readonly capacity: number) {
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
  ): void {
    if (this.size === this.capacity) throw new RangeError(`more than ${this.capacity} rows wait`);
    const { numbers } = this;
    const at = ((this.first + this.size) % this.capacity) * fields;
    numbers[at] = head;
    numbers[at + 1] = fpga;
    numbers[at + 2] = channel;
    numbers[at + 3] = orbit;
    numbers[at + 4] = bx;
    numbers[at + 5] = tdc;
    numbers[at + 6] = slot;
    this.size += 1;
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
    this.first = (this.first + 1) % this.capacity;
    this.size -= 1;
  }
}
