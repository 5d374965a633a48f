/** Source of rows: the simulator or a replay. */
import type { Faults } from "../pipeline/model/index.js";

/** A position between two rows of a source that can be read again. */
export interface SourcePosition {
  /** Index of the input in the source, from 0. */
  input: number;
  /** Number of rows of this input before the position. */
  row: number;
}

/** Consecutive rows of a source. */
export interface RowBlock {
  /** CSV, every row ends with LF. Belongs to the receiver: the source never writes to it again. */
  bytes: Uint8Array;
  /** Number of rows in `bytes`, counted as in the ledger: without headers and blank lines. */
  rows: number;
  /**
   * Share of the set rate that these rows use, in rows. Differs from `rows` only for a detector with faults: a dead part
   * uses its share of the rate without producing rows, and a hot wire produces additional rows.
   */
  spent: number;
  /** Their run number from the read-out; absent if unknown. All rows belong to one run. */
  run?: number;
  /** Position of the first row; absent if the source cannot be read again. All rows are from one input. */
  start?: SourcePosition;
}

/** Progress of a source. */
export interface SourceProgress {
  /** Bytes of the returned rows; for compressed inputs, the stored bytes. */
  bytes: number;
  /** Bytes of all inputs; null if unknown or endless. */
  totalBytes: number | null;
}

export interface RowSource {
  /** Name for logs: "simulator" or a path. */
  readonly name: string;
  /**
   * The next block, with `rows` and `spent` at most `maxRows`; null at the end. A promise only if the source has to wait;
   * must not be called again before the promise is settled.
   * @throws InputError if reading the source fails
   */
  next(maxRows: number): RowBlock | null | Promise<RowBlock | null>;
  /** Makes the first block begin at this position. {@link next} throws an InputError if there are fewer rows. */
  seek?(position: SourcePosition): void;
  progress?(): SourceProgress;
  /** Sets the rate for a source with its own clock, rows/s. */
  setRate?(rateHz: number): void;
  /** Advances a source with its own clock by a time in which nothing was read from it. */
  pass?(elapsedMs: number): void;
  /** Active faults; absent if the source cannot have faults. */
  readonly faults?: Faults;
  /** Switches faults and returns the new state. @throws UsageError for a value out of range */
  setFaults?(change: Partial<Faults>): Faults;
  /** Releases its resources; a pending {@link next} settles. */
  close(): Promise<void>;
}
