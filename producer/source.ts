/** Where the rows come from: simulator and replay swap here. */
import type { Faults } from "../pipeline/model/index.js";

/** A place between two rows of a source that can be read again. */
export interface SourcePosition {
  /** Place of the input among those of the source, from 0. */
  input: number;
  /** Rows of this input that are before it. */
  row: number;
}

/** Consecutive rows of a source. */
export interface RowBlock {
  /** CSV, every row ended by LF. Belongs to the receiver: the source never writes to it again. */
  bytes: Uint8Array;
  /** Rows in `bytes`, counted as the ledger counts them: no header, no blank line. */
  rows: number;
  /**
   * How many rows of the set rate these rows use up. Equals `rows` but in a detector with faults: a dead part uses up
   * its share of the rate without giving rows, a hot wire gives rows on top of it.
   */
  spent: number;
  /** Their run number from the read-out; absent if unknown. All belong to one run. */
  run?: number;
  /** Where they begin; absent where the source cannot be read again. All are of one input. */
  start?: SourcePosition;
}

/** How far a source is. */
export interface SourceProgress {
  /** Bytes of the rows that were given, of packed inputs as they are stored. */
  bytes: number;
  /** Bytes of all inputs; null when not known or without an end. */
  totalBytes: number | null;
}

export interface RowSource {
  /** What it is, in words for logs: "simulator", a path. */
  readonly name: string;
  /**
   * The next block of at most `maxRows` rows and at most `maxRows` spent; null at the end.
   * A promise only where the source has to wait. Not called again before the promise is settled.
   * @throws InputError when the source cannot be read on
   */
  next(maxRows: number): RowBlock | null | Promise<RowBlock | null>;
  /** Makes the first block begin there. @throws InputError from {@link next} when there are fewer rows */
  seek?(position: SourcePosition): void;
  progress?(): SourceProgress;
  /** Sets the rate at which a source with its own clock is read, in rows/s. */
  setRate?(rateHz: number): void;
  /** Advances a source with its own clock by a time in which nothing was read from it. */
  pass?(elapsedMs: number): void;
  /** Faults that are switched on; absent if the source cannot have any. */
  readonly faults?: Faults;
  /** Switches faults and gives the new state. @throws UsageError for a value out of range */
  setFaults?(change: Partial<Faults>): Faults;
  /** Releases its resources; a pending {@link next} settles. */
  close(): Promise<void>;
}
