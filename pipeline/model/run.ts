/** Runs as the shifters number them, and from when on "since start" counts. */

/** Longest comment, name and text that viewers may write, in characters. */
export const maxCommentLength = 2000;
export const maxNameLength = 80;
export const maxRunNumber = 999_999_999;

export interface Run {
  number: number;
  /** Server clock, ms. */
  started_ms: number;
  /** Null while it runs. */
  stopped_ms: number | null;
  comment: string;
  /** What came during the run, corrected windows in their last version. */
  windows: number;
  rows: number;
  hit_count: number;
  /** The data is made up (practice). */
  demo: boolean;
}

export interface RunState {
  /** Null between runs. */
  current: Run | null;
  /** From when on "since start" counts: the start of the run, the last reset or the start of the system, ms. */
  since_ms: number;
  /** The number that the next run gets unless another is asked for. */
  next_number: number;
}
