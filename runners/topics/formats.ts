/** Records of a topic as lines: raw, text, JSON or CSV. */
import type { TopicRecord } from "../kafka/index.js";
import type { Cell, Row } from "./unroll.js";
import { textOf } from "./value-kind.js";

export const recordFormats = ["raw", "text", "json", "csv"] as const;
export type RecordFormat = (typeof recordFormats)[number];

export const csvHeader = "partition,offset,timestamp,key,value";

/** One record, without a trailing line feed. */
export function formatRecord(record: TopicRecord, format: RecordFormat): string | Uint8Array {
  if (format === "raw") return record.value ?? new Uint8Array(0);
  if (format === "json") return jsonRecord(record);
  return format === "csv" ? csvRecord(record) : textRecord(record);
}

const time = (ms: number): string => (ms >= 0 ? new Date(ms).toISOString() : "");

/** Time, position, key and value separated by tabs; characters that would break the line are escaped. */
function textRecord({ partition, offset, timestampMs, key, value }: TopicRecord): string {
  const cells = [time(timestampMs), `${partition}:${offset}`, shown(key), shown(value)];
  return cells.join("\t");
}

function shown(bytes: Uint8Array | null): string {
  if (bytes === null) return "(null)";
  const text = textOf(bytes);
  if (text === null) return `(${bytes.length} bytes) ${Buffer.from(bytes).toString("base64")}`;
  // eslint-disable-next-line no-control-regex -- matches control characters
  return text.replaceAll(/[\u0000-\u001f\u007f]/g, (character) => JSON.stringify(character).slice(1, -1));
}

/** Offsets above 2^53 would lose precision as numbers; Kafka's are far below. Bytes that are not text are base64. */
function jsonRecord({ partition, offset, timestampMs, key, value, headers }: TopicRecord): string {
  return JSON.stringify({
    partition,
    offset: Number(offset),
    timestamp_ms: timestampMs,
    ...asText("key", key),
    ...asText("value", value),
    ...(Object.keys(headers).length === 0 ? {} : { headers: headersText(headers) }),
  });
}

function asText(name: string, bytes: Uint8Array | null): Record<string, string | null> {
  if (bytes === null) return { [name]: null };
  const text = textOf(bytes);
  return text === null ? { [`${name}_base64`]: Buffer.from(bytes).toString("base64") } : { [name]: text };
}

function headersText(headers: TopicRecord["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value ?? "")]));
}

function csvRecord({ partition, offset, timestampMs, key, value }: TopicRecord): string {
  const text = (bytes: Uint8Array | null): string =>
    bytes === null ? "" : (textOf(bytes) ?? Buffer.from(bytes).toString("base64"));
  return [`${partition}`, `${offset}`, time(timestampMs), text(key), text(value)].map(quoted).join(",");
}

/** A row of unrolled JSON; missing columns are empty. */
export function csvRow(row: Row, columns: readonly string[]): string {
  return columns.map((column) => quoted(cellText(row[column]))).join(",");
}

export function csvHeaderOf(columns: readonly string[]): string {
  return columns.map(quoted).join(",");
}

function cellText(cell: Cell | undefined): string {
  return cell === undefined || cell === null ? "" : String(cell);
}

/** RFC 4180: quoted where necessary. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
