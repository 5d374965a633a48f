/**
 * CSV rows: bytes in, columns out. Rows written as the read-out does (digits and commas, a decimal point in the last
 * field) take a fast path; every other line is parsed by the full grammar of the format.
 */
import { runOfMarker } from "../model/index.js";
import { decodeNumber } from "./decode-number.js";
import { rowsPerBatch, type RowWriter } from "./rows.js";

const [tab, lineFeed, carriageReturn, space, comma, minus, dot] = [9, 10, 13, 32, 44, 45, 46];
const fieldsPerRow = 6;
/** 10^0 .. 10^15, all exact. */
const powersOfTen = Float64Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);
const headerWord = new TextEncoder().encode("HEAD");

const values = new Float64Array(fieldsPerRow);
let tail = new Uint8Array(256);

/**
 * Decodes all lines of bytes[start, end); the last one needs no line feed. Blank lines and headers are skipped, lines
 * that are not rows are counted in `writer.malformed`.
 */
export function decodeCsv(bytes: Uint8Array, start: number, end: number, writer: RowWriter): void {
  const at = decodePlainLines(bytes, start, end, writer);
  if (at < end) decodeTail(bytes, at, end, writer);
}

/** Adds the missing line feed to the last line, so that the fast loop never reads past the end. */
function decodeTail(bytes: Uint8Array, start: number, end: number, writer: RowWriter): void {
  const length = end - start;
  if (tail.length <= length) tail = new Uint8Array(length * 2);
  for (let i = 0; i < length; i += 1) tail[i] = bytes[start + i] as number;
  tail[length] = lineFeed;
  decodePlainLines(tail, 0, length + 1, writer);
}

/**
 * Decodes every line of bytes[start, end) that ends in a line feed. Deliberately one long function: it is the hottest
 * loop of the pipeline, and calls and checks cost more than the work.
 * @returns start of the last, unterminated line
 */
function decodePlainLines(bytes: Uint8Array, start: number, end: number, writer: RowWriter): number {
  let last = end;
  while (last > start && bytes[last - 1] !== lineFeed) last -= 1;
  const { batch } = writer;
  const { head, fpga, channel, orbit, bx, tdc } = batch;
  let n = batch.length;
  let line = start;
  let at = start;
  while (at < last) {
    line = at;
    if (n === rowsPerBatch) {
      batch.length = n;
      writer.flush();
      n = 0;
    }
    plain: {
      // Five unsigned integers, each followed by a comma. At most nine digits fit a 32-bit register.
      let digit = (bytes[at] as number) - 48;
      let value = digit;
      if (digit >>> 0 > 9) break plain;
      for (at += 1; (digit = (bytes[at] as number) - 48) >>> 0 <= 9; at += 1)
        value = (Math.imul(value, 10) + digit) | 0;
      if (digit !== comma - 48 || at - line > 9) break plain;
      head[n] = value;

      let from = (at += 1);
      value = digit = (bytes[at] as number) - 48;
      if (digit >>> 0 > 9) break plain;
      for (at += 1; (digit = (bytes[at] as number) - 48) >>> 0 <= 9; at += 1)
        value = (Math.imul(value, 10) + digit) | 0;
      if (digit !== comma - 48 || at - from > 9) break plain;
      fpga[n] = value;

      from = at += 1;
      value = digit = (bytes[at] as number) - 48;
      if (digit >>> 0 > 9) break plain;
      for (at += 1; (digit = (bytes[at] as number) - 48) >>> 0 <= 9; at += 1)
        value = (Math.imul(value, 10) + digit) | 0;
      if (digit !== comma - 48 || at - from > 9) break plain;
      channel[n] = value;

      // The orbit counter has up to ten digits: the first nine here, a tenth below.
      from = at += 1;
      value = digit = (bytes[at] as number) - 48;
      if (digit >>> 0 > 9) break plain;
      const tenth = at + 9;
      for (at += 1; (digit = (bytes[at] as number) - 48) >>> 0 <= 9 && at < tenth; at += 1)
        value = (Math.imul(value, 10) + digit) | 0;
      if (at === tenth && digit >>> 0 <= 9) {
        const whole = value * 10 + digit;
        at += 1;
        if (whole > 4294967295 || bytes[at] !== comma) break plain;
        orbit[n] = whole;
      } else {
        if (digit !== comma - 48) break plain;
        orbit[n] = value;
      }

      from = at += 1;
      value = digit = (bytes[at] as number) - 48;
      if (digit >>> 0 > 9) break plain;
      for (at += 1; (digit = (bytes[at] as number) - 48) >>> 0 <= 9; at += 1)
        value = (Math.imul(value, 10) + digit) | 0;
      if (digit !== comma - 48 || at - from > 9) break plain;
      bx[n] = value;

      // TDC_MEAS: an integer, or a decimal number of at most nine digits on each side of the point.
      from = at += 1;
      const negative = bytes[at] === minus;
      if (negative) from = at += 1;
      value = digit = (bytes[at] as number) - 48;
      if (digit >>> 0 > 9) break plain;
      for (at += 1; (digit = (bytes[at] as number) - 48) >>> 0 <= 9; at += 1)
        value = (Math.imul(value, 10) + digit) | 0;
      if (at - from > 9) break plain;
      let measured = value;
      if (digit === dot - 48) {
        const whole = at - from;
        from = at += 1;
        value = 0;
        for (; (digit = (bytes[at] as number) - 48) >>> 0 <= 9; at += 1)
          value = (Math.imul(value, 10) + digit) | 0;
        const places = at - from;
        if (places > 9 || places + whole > 15) break plain;
        const power = powersOfTen[places] as number;
        measured = (measured * power + value) / power;
      }
      if (digit === carriageReturn - 48) digit = (bytes[(at += 1)] as number) - 48;
      if (digit !== lineFeed - 48) break plain;
      tdc[n] = negative ? -measured : measured;
      n += 1;
      at += 1;
      continue;
    }
    at = line;
    while (bytes[at] !== lineFeed) at += 1;
    batch.length = n;
    decodeLine(bytes, line, at, writer);
    n = batch.length;
    at += 1;
  }
  batch.length = n;
  return last;
}

/** Parses one line bytes[start, end), without its line feed, by the full grammar. */
function decodeLine(bytes: Uint8Array, start: number, end: number, writer: RowWriter): void {
  if (end > start && bytes[end - 1] === carriageReturn) end -= 1;
  if (isBlankLine(bytes, start, end)) return;
  if (isHeader(bytes, start, end)) {
    const run = runOfMarker(bytes, start, end);
    if (run !== null) writer.beginRun(run);
    return;
  }
  let field = 0;
  let from = start;
  let bad = false;
  for (let at = start; at <= end; at += 1) {
    if (at < end && bytes[at] !== comma) continue;
    if (field === fieldsPerRow) return writer.reject("fields");
    const value = decodeNumber(bytes, from, at);
    if (value !== value) bad = true;
    values[field] = value;
    field += 1;
    from = at + 1;
  }
  if (field < fieldsPerRow) return writer.reject("fields");
  if (bad) return writer.reject("number");
  writer.checkedRow(values);
}

/** Whether a line holds only spaces, tabs and carriage returns. */
export function isBlankLine(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte !== space && byte !== tab && byte !== carriageReturn) return false;
  }
  return true;
}

/**
 * Whether the first field, without surrounding blanks, is `HEAD`. A line that contains a CR is a whole file with CR line
 * ends; it is not a header, so that it is counted as malformed.
 */
export function isHeader(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && (bytes[at] === space || bytes[at] === tab)) at += 1;
  for (const byte of headerWord) {
    if (at >= end || bytes[at] !== byte) return false;
    at += 1;
  }
  while (at < end && (bytes[at] === space || bytes[at] === tab)) at += 1;
  if (at < end && bytes[at] !== comma) return false;
  while (at < end && bytes[at] !== carriageReturn) at += 1;
  return isBlankLine(bytes, at, end);
}
