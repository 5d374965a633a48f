/** A section of a gzip file that is unreadable or untrustworthy. */
export class GzipFault extends Error {
  constructor(
    reason: string,
    /** Whether the content before the fault ends where the writer ended it, so that its last row is complete. */
    readonly endsRow: boolean,
  ) {
    super(reason);
  }

  /** @param start of the member @param end of its available bytes */
  static cutOff(start: number, end: number, endsRow: boolean): GzipFault {
    return new GzipFault(`the gzip member at byte ${start} is cut off at byte ${end}`, endsRow);
  }
}
