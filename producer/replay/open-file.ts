/** The bytes of CSV files. */
import { createReadStream, statSync } from "node:fs";
import { isGzipName, Unpacked, type ByteChunks } from "../../pipeline/steps/index.js";

const chunkBytes = 256 * 1024;

/** The bytes of a file, unpacked if its name ends in `.gz`. */
export function openFile(path: string): ByteChunks | Unpacked {
  const open = (start: number): ByteChunks => createReadStream(path, { start, highWaterMark: chunkBytes });
  if (!isGzipName(path)) return open(0);
  return new Unpacked(open, statSync(path, { throwIfNoEntry: false })?.isFile() !== false);
}
