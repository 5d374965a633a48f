/**
 * Rows between decoding and cleansing, in reused batches of columns, so that a row needs neither a string nor an object.
 */
import { malformedReasons, type Ledger, type MalformedReason } from "../model/index.js";

/** Rows per batch. Small enough for the columns to stay in a core's L2 cache. */
export const rowsPerBatch = 4096;

export interface RowBatch {
  /** Rows in the batch, at most {@link rowsPerBatch}. */
  length: number;
  /** Each column has shape (rowsPerBatch); the format defines the five integer fields as unsigned 32-bit. */
  head: Uint32Array;
  fpga: Uint32Array;
  channel: Uint32Array;
  orbit: Uint32Array;
  bx: Uint32Array;
  tdc: Float64Array;
  /** Indices of the first row of each record, ascending, shape (rowsPerBatch), filled to `recordCount`. */
  recordStarts: Uint16Array;
  recordCount: number;
}

function createRowBatch(): RowBatch {
  return {
    length: 0,
    head: new Uint32Array(rowsPerBatch),
    fpga: new Uint32Array(rowsPerBatch),
    channel: new Uint32Array(rowsPerBatch),
    orbit: new Uint32Array(rowsPerBatch),
    bx: new Uint32Array(rowsPerBatch),
    tdc: new Float64Array(rowsPerBatch),
    recordStarts: new Uint16Array(rowsPerBatch),
    recordCount: 0,
  };
}

/** Receives full batches from a decoder; a batch is only valid during the call. */
type BatchConsumer = (batch: RowBatch) => void;

/** Counts malformed rows by reason; shape (malformedReasons.length). */
export type MalformedTally = Float64Array;

export function createMalformedTally(): MalformedTally {
  return new Float64Array(malformedReasons.length);
}

function countMalformed(tally: MalformedTally, reason: MalformedReason, rows = 1): void {
  const index = malformedReasons.indexOf(reason);
  tally[index] = (tally[index] as number) + rows;
}

/** Adds the malformed rows of a tally to a ledger. */
export function addMalformed(ledger: Ledger, tally: MalformedTally): void {
  malformedReasons.forEach((reason, index) => {
    const count = tally[index] as number;
    if (count === 0) return;
    ledger.rows += count;
    ledger.malformed += count;
    const reasons = (ledger.malformed_reasons ??= {});
    reasons[reason] = (reasons[reason] ?? 0) + count;
  });
}

/** Output of a decoder: rows go into a batch that is passed on when full, malformed rows into a tally. */
export class RowWriter {
  readonly batch = createRowBatch();
  readonly malformed = createMalformedTally();

  /** Run of the following rows; null when unknown. */
  run: number | null = null;

  /** @param turnTo is called before {@link run} changes; earlier rows belong to the previous run */
  constructor(
    private readonly consume: BatchConsumer,
    private readonly turnTo?: (run: number | null) => void,
  ) {}

  /** Sets the run of the following rows. */
  beginRun(run: number | null): void {
    if (run === this.run) return;
    this.turnTo?.(run);
    this.run = run;
  }

  /** Appends a row whose fields have passed the checks of the format. */
  row(head: number, fpga: number, channel: number, orbit: number, bx: number, tdc: number): void {
    const { batch } = this;
    if (batch.length === rowsPerBatch) this.flush();
    const i = batch.length;
    batch.head[i] = head;
    batch.fpga[i] = fpga;
    batch.channel[i] = channel;
    batch.orbit[i] = orbit;
    batch.bx[i] = bx;
    batch.tdc[i] = tdc;
    batch.length = i + 1;
  }

  /**
   * Appends a row of six numbers, or counts it as malformed when one is not finite or one of the first five is not an
   * integer in 0..4294967295.
   * @param values shape (6), in the order of the format
   */
  checkedRow(values: Float64Array): void {
    for (let field = 0; field < 5; field += 1) {
      const value = values[field] as number;
      if (!(value >= 0 && value <= 4294967295 && Math.floor(value) === value)) return this.reject("range");
    }
    const tdc = values[5] as number;
    if (tdc - tdc !== 0) return this.reject("range");
    this.row(
      values[0] as number,
      values[1] as number,
      values[2] as number,
      values[3] as number,
      values[4] as number,
      tdc,
    );
  }

  /** Starts a new record: the following rows belong to it. */
  beginRecord(): void {
    const { batch } = this;
    if (batch.length === rowsPerBatch) this.flush();
    const { recordStarts, recordCount, length } = batch;
    if (recordCount > 0 && recordStarts[recordCount - 1] === length) return;
    recordStarts[recordCount] = length;
    batch.recordCount = recordCount + 1;
  }

  reject(reason: MalformedReason): void {
    countMalformed(this.malformed, reason);
  }

  /** Passes on all remaining rows. */
  flush(): void {
    if (this.batch.length === 0) return;
    this.consume(this.batch);
    this.batch.length = 0;
    this.batch.recordCount = 0;
  }
}
