/** Rows from a decoder of the implementation, in the form of the reference. */
import { RowWriter, type Decoder } from "../../pipeline/steps/index.js";
import type { Decoded, Row } from "../reference/row.js";

export interface DecodedRows {
  rows: Row[];
  malformed: number;
}

/** Decodes bytes[start, end); the bytes outside must not affect the result. */
export function decodeRange(decode: Decoder, bytes: Uint8Array, start: number, end: number): DecodedRows {
  const rows: Row[] = [];
  const writer = new RowWriter(({ length, head, fpga, channel, orbit, bx, tdc }) => {
    for (let i = 0; i < length; i += 1) {
      rows.push({
        head: head[i]!,
        fpga: fpga[i]!,
        channel: channel[i]!,
        orbit: orbit[i]!,
        bx: bx[i]!,
        tdc: tdc[i]! + 0,
      });
    }
  });
  decode(bytes, start, end, writer);
  writer.flush();
  return { rows, malformed: writer.malformed.reduce((sum, count) => sum + count, 0) };
}

export function decodeAll(decode: Decoder, bytes: Uint8Array): DecodedRows {
  return decodeRange(decode, bytes, 0, bytes.length);
}

/** The reference's rows without the optional reasons. */
export function countedRows({ rows, malformed }: Decoded): DecodedRows {
  return { rows, malformed: malformed.length };
}
