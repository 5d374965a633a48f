/**
 * The read-out board's own format: 64-bit little-endian words, TDC in bits 0-4, BX 5-16, ORBIT 17-48, CHANNEL 49-57,
 * FPGA 58-60, HEAD 61-63 (documented in producer/input.md).
 */
import type { RowWriter } from "./rows.js";

const bytesPerWord = 8;

/** Decodes the words of bytes[start, end); 1 to 7 trailing bytes count as one malformed row. */
export function decodeDat(bytes: Uint8Array, start: number, end: number, writer: RowWriter): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const last = end - ((end - start) % bytesPerWord);
  for (let at = start; at < last; at += bytesPerWord) {
    const low = view.getUint32(at, true);
    const high = view.getUint32(at + 4, true);
    writer.row(
      high >>> 29,
      (high >>> 26) & 0x7,
      (high >>> 17) & 0x1ff,
      (high & 0x1ffff) * 0x8000 + (low >>> 17),
      (low >>> 5) & 0xfff,
      low & 0x1f,
    );
  }
  if (last < end) writer.reject("length");
}
