/** Decoding: the bytes of a message or of a file piece become rows, or are counted as malformed. */
import { decodeCsv } from "./decode-csv.js";
import { decodeDat } from "./decode-dat.js";
import { decodeJsonElements, decodeJsonLines, decodeJsonValue } from "./decode-json.js";
import type { RowWriter } from "./rows.js";
import { dmaDecoder } from "./words/decode-dma.js";
import type { WordVersion } from "./words/word-layout.js";

/**
 * Encoding of the bytes. `rows` is a topic value (CSV rows, or one JSON value if its first non-blank byte is `{` or
 * `[`); `json-elements` are the elements of a JSON array, one per line; the others are whole lines or words of a
 * file.
 */
export type ByteFormat = "rows" | "csv" | "json-lines" | "json-elements" | "dat" | DmaFormat;

/** Messages of the DAQ's own writer to Kafka, see decode-dma.ts. */
type DmaFormat = "dma" | `dma:${WordVersion}`;

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

/** Whether values of a format carry the run of their rows. */
export const hasRuns = (format: ByteFormat): boolean => format === "rows" || format.startsWith("dma");

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
    case "dma":
      return dmaDecoder(null);
    case "dma:v1":
      return dmaDecoder("v1");
    case "dma:v2":
      return dmaDecoder("v2");
    case "dma:v3":
      return dmaDecoder("v3");
  }
}
