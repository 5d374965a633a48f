/**
 * JSON rows: an object with the six field names as keys, or an array of such objects. Plain values are read directly
 * from the bytes; escapes, exponents and nested values go through JSON.parse, with the same result. Rows are staged
 * until their value has ended: an unparsable value counts as exactly one malformed row.
 */
import { isBlankLine } from "./decode-csv.js";
import type { RowWriter } from "./rows.js";

const fieldNames = ["HEAD", "FPGA", "TDC_CHANNEL", "ORBIT_CNT", "BX_COUNTER", "TDC_MEAS"] as const;
const fieldBytes = fieldNames.map((name) => new TextEncoder().encode(name));
const fieldCount = fieldNames.length;
const allFields = (1 << fieldCount) - 1;

const [lineFeed, quote, comma, minus, dot, zero, colon] = [10, 34, 44, 45, 46, 48, 58];
const [openBracket, backslash, closeBracket, openBrace, closeBrace] = [91, 92, 93, 123, 125];

/** Marks a value that the fast path cannot decide. */
const unsure = -1;
/** Values end at `}`; a row of NaN marks a malformed element. */
let staged = new Float64Array(fieldCount * 1024);
let stagedRows = 0;
const row = new Float64Array(fieldCount);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Decodes the one JSON value bytes[start, end): an object, or an array of objects. */
export function decodeJsonValue(bytes: Uint8Array, start: number, end: number, writer: RowWriter): void {
  stagedRows = 0;
  if (readValue(bytes, start, end)) commit(writer);
  else decodeByParsing(bytes, start, end, writer);
}

/** JSON Lines: every line of bytes[start, end) that is not blank is a value; the last needs no line feed. */
export function decodeJsonLines(bytes: Uint8Array, start: number, end: number, writer: RowWriter): void {
  forEachLine(bytes, start, end, (from, to) => decodeJsonValue(bytes, from, to, writer));
}

/** As {@link decodeJsonLines}, but each line is an array element: only an object can be a row. */
export function decodeJsonElements(bytes: Uint8Array, start: number, end: number, writer: RowWriter): void {
  forEachLine(bytes, start, end, (from, to) => {
    if (bytes[skipSpace(bytes, from, to)] === openBrace) decodeJsonValue(bytes, from, to, writer);
    else writer.reject("json");
  });
}

function forEachLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  decode: (from: number, to: number) => void,
): void {
  for (let from = start; from < end;) {
    const found = bytes.indexOf(lineFeed, from);
    const to = found < 0 || found > end ? end : found;
    if (!isBlankLine(bytes, from, to)) decode(from, to);
    from = to + 1;
  }
}

function commit(writer: RowWriter): void {
  for (let i = 0; i < stagedRows; i += 1) {
    row.set(staged.subarray(i * fieldCount, (i + 1) * fieldCount));
    if (Number.isNaN(row[0])) writer.reject("json");
    else writer.checkedRow(row);
  }
}

function stage(): void {
  if ((stagedRows + 1) * fieldCount > staged.length) {
    const larger = new Float64Array(staged.length * 2);
    larger.set(staged);
    staged = larger;
  }
  staged.set(row, stagedRows * fieldCount);
  stagedRows += 1;
}

/** Fast path for a whole value. False when undecided; nothing is consumed then. */
function readValue(bytes: Uint8Array, start: number, end: number): boolean {
  let at = skipSpace(bytes, start, end);
  if (bytes[at] !== openBracket) {
    at = readObject(bytes, at, end);
    return at !== unsure && skipSpace(bytes, at, end) === end;
  }
  at = skipSpace(bytes, at + 1, end);
  if (bytes[at] === closeBracket) return skipSpace(bytes, at + 1, end) === end;
  for (;;) {
    at = readObject(bytes, at, end);
    if (at === unsure) return false;
    at = skipSpace(bytes, at, end);
    if (bytes[at] === closeBracket) return at < end && skipSpace(bytes, at + 1, end) === end;
    if (at >= end || bytes[at] !== comma) return false;
    at = skipSpace(bytes, at + 1, end);
  }
}

/** Reads a flat object of unescaped keys and plain numbers; returns the index after it. */
function readObject(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || bytes[at] !== openBrace) return unsure;
  let seen = 0;
  for (;;) {
    at = skipSpace(bytes, at + 1, end);
    if (at >= end || bytes[at] !== quote) return unsure;
    const keyStart = at + 1;
    at = endOfString(bytes, keyStart, end);
    if (at === unsure) return unsure;
    const field = fieldOf(bytes, keyStart, at);
    at = skipSpace(bytes, at + 1, end);
    if (at >= end || bytes[at] !== colon) return unsure;
    at = readPlainNumber(bytes, skipSpace(bytes, at + 1, end), end, field);
    if (at === unsure) return unsure;
    if (field >= 0) seen |= 1 << field;
    at = skipSpace(bytes, at, end);
    if (at >= end) return unsure;
    if (bytes[at] === closeBrace) break;
    if (bytes[at] !== comma) return unsure;
  }
  if (seen !== allFields) row[0] = NaN;
  stage();
  return at + 1;
}

function fieldOf(bytes: Uint8Array, start: number, end: number): number {
  for (let field = 0; field < fieldCount; field += 1) {
    const name = fieldBytes[field] as Uint8Array;
    if (name.length !== end - start) continue;
    let i = 0;
    while (i < name.length && bytes[start + i] === name[i]) i += 1;
    if (i === name.length) return field;
  }
  return -1;
}

/** Index of the closing quote of a string of printable ASCII without escapes. */
function endOfString(bytes: Uint8Array, at: number, end: number): number {
  for (; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte === quote) return at;
    if (byte === backslash || byte < 32 || byte > 126) return unsure;
  }
  return unsure;
}

/** Reads `-?(0|[1-9]digits)[.digits]` of at most 15 digits into the field of the row; returns the index after it. */
function readPlainNumber(bytes: Uint8Array, at: number, end: number, field: number): number {
  const negative = at < end && bytes[at] === minus;
  if (negative) at += 1;
  const start = at;
  let value = 0;
  for (; at < end && isDigit(bytes[at] as number); at += 1) value = value * 10 + (bytes[at] as number) - zero;
  const digits = at - start;
  if (digits === 0 || (digits > 1 && bytes[start] === zero)) return unsure;
  let places = 0;
  if (at < end && bytes[at] === dot) {
    const from = (at += 1);
    for (; at < end && isDigit(bytes[at] as number); at += 1)
      value = value * 10 + (bytes[at] as number) - zero;
    places = at - from;
    if (places === 0) return unsure;
  }
  if (digits + places > 15 || (at < end && (bytes[at] === 69 || bytes[at] === 101))) return unsure;
  if (places > 0) value /= 10 ** places;
  if (field >= 0) row[field] = negative ? -value : value;
  return at;
}

const isDigit = (byte: number): boolean => byte >= zero && byte <= 57;

function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    const byte = bytes[at] as number;
    if (byte !== 32 && byte !== 9 && byte !== lineFeed && byte !== 13) return at;
    at += 1;
  }
  return end;
}

function decodeByParsing(bytes: Uint8Array, start: number, end: number, writer: RowWriter): void {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes.subarray(start, end)));
  } catch {
    return writer.reject("json");
  }
  for (const element of Array.isArray(value) ? value : [value]) {
    if (readParsedRow(element)) writer.checkedRow(row);
    else writer.reject("json");
  }
}

/** Copies the six numbers of a parsed object into the row; false when it is not an object with six numbers. */
function readParsedRow(element: unknown): boolean {
  if (typeof element !== "object" || element === null || Array.isArray(element)) return false;
  return fieldNames.every((name, field) => {
    const value = Object.hasOwn(element, name) ? (element as Record<string, unknown>)[name] : undefined;
    if (typeof value !== "number") return false;
    row[field] = value;
    return true;
  });
}
