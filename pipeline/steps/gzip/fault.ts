/** A part of a gzip file that cannot be read, or not be trusted. */
export class GzipFault extends Error {
  constructor(
    reason: string,
    /** Whether the content before it ends where the writer ended it, so that its last row is whole. */
    readonly endsRow: boolean,
  ) {
    super(reason);
  }

  /** @param start of the member @param end of what there is of it */
  static cutOff(start: number, end: number, endsRow: boolean): GzipFault {
    return new GzipFault(`the gzip member at byte ${start} is cut off at byte ${end}`, endsRow);
  }
}
