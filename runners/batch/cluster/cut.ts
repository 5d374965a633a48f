/** Cuts files into pieces of whole rows; reads only the bytes around the cuts. */
import { open, type FileHandle } from "node:fs/promises";
import { tailBytes, tailOf, type FileState } from "../../../pipeline/beam/index.js";
import type { ByteFormat } from "../../../pipeline/steps/index.js";

/** [from, to) in bytes. */
export interface ByteRange {
  from: number;
  to: number;
}

/** A file's pieces; null when it cannot be cut by offset. */
interface CutFile {
  format: ByteFormat;
  pieces: (ByteRange & { file: FileState })[];
}

/** A file with a longer line is staged instead; the stream reader counts such a line as one malformed row. */
export const longestPieceBytes = 48 << 20;

const lineFeed = 10;
const openBracket = 91;
const wordBytes = 8;
const lookBytes = 1 << 14;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Cuts an uncompressed file. JSON arrays and files with lines longer than {@link longestPieceBytes} cannot be cut.
 */
export async function cutFile(
  path: string,
  format: "csv" | "json" | "dat",
  pieceBytes: number,
): Promise<CutFile | null> {
  const file = await open(path, "r");
  try {
    const { size, ino, mtimeMs } = await file.stat();
    const ranges = await rangesOf(file, format, size, pieceBytes);
    if (ranges === null) return null;
    const pieces: CutFile["pieces"] = [];
    for (const range of ranges) {
      const tail = await readTail(file, range);
      pieces.push({ ...range, file: { size, inode: ino, modifiedMs: mtimeMs, tail } });
    }
    return { format: format === "json" ? "json-lines" : format, pieces };
  } finally {
    await file.close();
  }
}

async function rangesOf(
  file: FileHandle,
  format: "csv" | "json" | "dat",
  size: number,
  pieceBytes: number,
): Promise<ByteRange[] | null> {
  if (format === "dat") return cutWords(size, pieceBytes);
  const from = (await isMarked(file)) ? byteOrderMark.length : 0;
  if (format === "json" && (await firstByte(file, from)) === openBracket) return null;
  return cutLines(file, { from, to: size }, pieceBytes);
}

async function readTail(file: FileHandle, { from, to }: ByteRange): Promise<string> {
  const length = Math.min(tailBytes, to - from);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, to - length);
  return tailOf(buffer.subarray(0, bytesRead));
}

function cutWords(size: number, pieceBytes: number): ByteRange[] {
  const step = Math.max(wordBytes, pieceBytes - (pieceBytes % wordBytes));
  const ranges: ByteRange[] = [];
  for (let from = 0; from < size; from += step) ranges.push({ from, to: Math.min(size, from + step) });
  return ranges;
}

async function cutLines(file: FileHandle, all: ByteRange, pieceBytes: number): Promise<ByteRange[] | null> {
  const ranges: ByteRange[] = [];
  for (let { from } = all; from < all.to;) {
    const wanted = from + pieceBytes;
    const to = wanted >= all.to ? all.to : await lineEnd(file, wanted - 1, from + longestPieceBytes, all.to);
    if (to === null) return null;
    ranges.push({ from, to });
    from = to;
  }
  return ranges;
}

/** End of the line that contains a byte; null when the end is beyond a limit. */
async function lineEnd(file: FileHandle, at: number, limit: number, end: number): Promise<number | null> {
  const block = Buffer.alloc(lookBytes);
  for (let offset = at; offset < end; offset += lookBytes) {
    const { bytesRead } = await file.read(block, 0, Math.min(lookBytes, end - offset), offset);
    const found = block.subarray(0, bytesRead).indexOf(lineFeed);
    if (found >= 0) return offset + found + 1 <= limit ? offset + found + 1 : null;
    if (offset > limit) return null;
    // The file was truncated; its reader reports this.
    if (bytesRead === 0) break;
  }
  return end <= limit ? end : null;
}

async function isMarked(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(byteOrderMark.length), 0, 3, 0);
  return bytesRead === byteOrderMark.length && buffer.equals(byteOrderMark);
}

/** The first byte that is not whitespace. */
async function firstByte(file: FileHandle, from: number): Promise<number | null> {
  const block = Buffer.alloc(lookBytes);
  for (let offset = from; ; offset += lookBytes) {
    const { bytesRead } = await file.read(block, 0, lookBytes, offset);
    if (bytesRead === 0) return null;
    const found = block.subarray(0, bytesRead).find((byte) => !isSpace(byte));
    if (found !== undefined) return found;
  }
}

const isSpace = (byte: number): boolean => byte === 32 || byte === 9 || byte === 10 || byte === 13;

/** Cuts whole rows in memory in the same way, into ranges of at most about `pieceBytes`. */
export function cutRows(bytes: Uint8Array, format: ByteFormat, pieceBytes: number): ByteRange[] {
  if (format === "dat") return cutWords(bytes.length, pieceBytes);
  const ranges: ByteRange[] = [];
  for (let from = 0; from < bytes.length;) {
    const found = from + pieceBytes >= bytes.length ? -1 : bytes.indexOf(lineFeed, from + pieceBytes - 1);
    const to = found < 0 ? bytes.length : found + 1;
    ranges.push({ from, to });
    from = to;
  }
  return ranges;
}
