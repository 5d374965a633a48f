/**
 * Content of a gzip file: everything readable, and a fault for each section that is not. A file is one or more
 * members; zeros between and after them are padding. The result does not depend on the chunking of the input.
 */
import { GzipFault } from "./fault.js";
import { takeHeader } from "./header.js";
import { GzipMember, type OpenBytes } from "./member.js";
import { GzipSource } from "./source.js";

/**
 * @param open opens the file at its start, and at the data of a corrupt member to read it up to the error
 * @param canReopen false for pipes, where up to 64 KiB of compressed data before an error are lost
 */
export async function* gunzip(open: OpenBytes, canReopen = true): AsyncGenerator<Uint8Array | GzipFault> {
  const source = new GzipSource(open(0)[Symbol.asyncIterator]());
  try {
    for (let isFirst = true; ; isFirst = false) {
      if (!isFirst) await source.skipZeros();
      const start = (source.keptFrom = source.offset);
      const header = await takeHeader(source);
      if (header === "cut") yield GzipFault.cutOff(start, source.offset, true);
      else if (header === "whole") yield* new GzipMember(source, start, canReopen ? open : null).content();
      else {
        await source.skipToMember();
        if (source.offset === start) return;
        yield new GzipFault(`bytes ${start} to ${source.offset - 1} are not gzip data`, true);
      }
    }
  } finally {
    await source.close();
  }
}
