/** Decoding: bytes of a message or of a piece of a file become rows, or are counted as malformed. */
import { decodeCsv } from "./decode-csv.js";
import { decodeDat } from "./decode-dat.js";
import { decodeJsonElements, decodeJsonLines, decodeJsonValue } from "./decode-json.js";
import type { RowWriter } from "./rows.js";

/**
 * How bytes are read. `rows` is a value of the topic (CSV rows, or one JSON value when its first byte after spaces is
 * `{` or `[`); `json-elements` are the elements of a JSON array, one a line; the others are whole lines or words of a
 * file.
 */
export type ByteFormat = "rows" | "csv" | "json-lines" | "json-elements" | "dat";

export type Decoder = (bytes: Uint8Array, start: number, end: number, writer: RowWriter) => void;

const [openBracket, openBrace] = [91, 123];

/** Decodes one value of the topic `data_raw`. An empty value (a heartbeat) has no rows. */
export function decodeMessage(bytes: Uint8Array, start: number, end: number, writer: RowWriter): void {
  let at = start;
  while (at < end && isSpace(bytes[at] as number)) at += 1;
  if (at < end && (bytes[at] === openBrace || bytes[at] === openBracket)) {
    decodeJsonValue(bytes, at, end, writer);
  } else {
    decodeCsv(bytes, start, end, writer);
  }
}

const isSpace = (byte: number): boolean => byte === 32 || byte === 9 || byte === 10 || byte === 13;

export function decoderOf(format: ByteFormat): Decoder {
  switch (format) {
    case "rows":
      return decodeMessage;
    case "csv":
      return decodeCsv;
    case "json-lines":
      return decodeJsonLines;
    case "json-elements":
      return decodeJsonElements;
    case "dat":
      return decodeDat;
  }
}
