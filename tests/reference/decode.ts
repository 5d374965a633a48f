/** Bytes of a file or of a message, by format. */
import { gunzipSync } from "node:zlib";
import { decodeCsv } from "./decode-csv.js";
import { decodeDat } from "./decode-dat.js";
import { decodeJsonFile, decodeJsonValue } from "./decode-json.js";
import { collect, type Decoded } from "./row.js";

export type FileFormat = "csv" | "json" | "dat";
export type MessageFormat = "text" | "words";

/** The format that `--format auto` derives from a file's name. */
export function formatOfName(name: string): FileFormat {
  const plain = name.replace(/\.gz$/, "");
  if (plain.endsWith(".dat")) return "dat";
  return /\.(json|jsonl|ndjson)$/.test(plain) ? "json" : "csv";
}

/** The content of a file, decompressed according to its name. */
export function contentOf(name: string, bytes: Uint8Array): Uint8Array {
  return name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
}

export function decodeFile(bytes: Uint8Array, format: FileFormat): Decoded {
  if (format === "dat") return decodeDat(bytes);
  const text = withoutByteOrderMark(bytes);
  return format === "csv" ? decodeCsv(text) : decodeJsonFile(text);
}

/** Decodes a Kafka value. A byte-order mark is removed only from files. */
export function decodeMessage(value: Uint8Array, format: MessageFormat = "text"): Decoded {
  if (format === "words") return decodeDat(value);
  const buffer = Buffer.from(value);
  const isJson = /^[ \t\r\n]*[{[]/.test(buffer.toString("latin1"));
  return isJson ? collect(decodeJsonValue(buffer.toString("utf8"))) : decodeCsv(value);
}

function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  const isMarked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return isMarked ? bytes.subarray(3) : bytes;
}
