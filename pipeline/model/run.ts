/** Runs, numbered by the shifters, and the beginning of "since start". */

/** Maximum length of comments and names that viewers may write, in characters. */
export const maxCommentLength = 2000;
export const maxNameLength = 80;
export const maxRunNumber = 999_999_999;

export interface Run {
  number: number;
  /** Server clock, ms. */
  started_ms: number;
  /** Null while the run is in progress. */
  stopped_ms: number | null;
  comment: string;
  /** Counts during the run; corrected windows count with their last version. */
  windows: number;
  rows: number;
  hit_count: number;
  /** Whether the data is simulated (practice). */
  demo: boolean;
}

export interface RunState {
  /** Null between runs. */
  current: Run | null;
  /** Beginning of "since start": the start of the run, the last reset or the start of the system, ms. */
  since_ms: number;
  /** The number of the next run unless another is requested. */
  next_number: number;
}
