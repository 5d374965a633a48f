/** Window starts from which results of a streaming job are whole, and from which they are published, ms. */
export interface StartTimes {
  /** Windows that start earlier are partial: the job may not have read all their rows. */
  wholeFromMs: number;
  /** Windows that start earlier are not published: better messages for them already exist. */
  publishFromMs: number;
}

export const wholeStream: StartTimes = {
  wholeFromMs: Number.MIN_SAFE_INTEGER,
  publishFromMs: Number.MIN_SAFE_INTEGER,
};

/** The results that are whole, and the results that are published. */
export interface ResultSpan extends StartTimes {
  /** Windows that end later are partial. */
  wholeToMs: number;
}

export const fullTimeRange: ResultSpan = { ...wholeStream, wholeToMs: Number.MAX_SAFE_INTEGER };

/** Facts about the job that wrote a savepoint, for the job that resumes from it. */
export interface JobOrigin {
  begin: StartTimes;
  /** Number of partitions of the topic of rows when the job began; it reads no later ones. */
  partitions: number;
  /** Identity of the topic of rows; absent where the broker reports none. */
  rawId?: string;
  /** Format of its partial results; absent for jobs older than format 2. */
  partialFormat?: number;
}
