/** Where the results of a streaming job begin, by window start, ms. */
export interface StartTimes {
  /** Windows that start before may lack rows that came before: they are partial. */
  wholeFromMs: number;
  /** Windows that start before are not published: there are better messages of them already. */
  publishFromMs: number;
}

export const wholeStream: StartTimes = {
  wholeFromMs: Number.MIN_SAFE_INTEGER,
  publishFromMs: Number.MIN_SAFE_INTEGER,
};

/** Which results are whole, and which are published. */
export interface ResultSpan extends StartTimes {
  /** Windows that end after it are cut: they are partial. */
  wholeToMs: number;
}

export const fullTimeRange: ResultSpan = { ...wholeStream, wholeToMs: Number.MAX_SAFE_INTEGER };

/** Facts about the job that wrote a savepoint, for the job that resumes from it. */
export interface JobOrigin {
  begin: StartTimes;
  /** Of the topic of rows when the job began: it reads no others. */
  partitions: number;
  /** Identity of the topic of rows; absent where the broker reports none. */
  rawId?: string;
  /** Format of its partial results; absent for jobs of before format 2. */
  partialFormat?: number;
}
