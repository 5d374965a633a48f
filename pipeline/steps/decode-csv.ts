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

/**
 * Constants for four characters at once: commas, zeros, the top bits (set in bytes of 128 or more), and a number that
 * sets the top bit when it is added to a digit's value above nine.
 */
const [commas, zeros, tops, aboveNine] = [0x2c2c2c2c, 0x30303030, 0x80808080 | 0, 0x76767676];
/** Longest beginning of a row that is read in words of four characters, and the shortest input for which that pays. */
const [longestBeginning, shortestByWords] = [32, 512];

const values = new Float64Array(fieldsPerRow);
let tail = new Uint8Array(256);
const noView = new DataView(new ArrayBuffer(0));

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
  const isLong = last - start >= shortestByWords;
  const view = isLong ? new DataView(bytes.buffer, bytes.byteOffset, bytes.length) : noView;
  const byWordsTo = isLong ? last - longestBeginning : 0;
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
      fields: {
        // Fields as a read-out writes them, read four characters at a time: HEAD and FPGA of one digit, a channel of up
        // to three, an orbit of eight to ten and a BX of up to four.
        if (line < byWordsTo) {
          words: {
            let word = view.getInt32(line, true);
            const first = (word & 0xff) - 48;
            const second = ((word >>> 16) & 0xff) - 48;
            if ((word & 0xff00ff00) !== 0x2c002c00 || first >>> 0 > 9 || second >>> 0 > 9) break words;
            head[n] = first;
            fpga[n] = second;

            word = view.getInt32(line + 4, true);
            let found = word ^ commas;
            found = (found - 0x01010101) & ~found & tops;
            if (found === 0) break words;
            // The comma is the lowest byte that was found; the digits below it move to the top.
            let bits = (31 - Math.clz32(found & -found)) & 24;
            word = (word ^ zeros) << (32 - bits);
            if (bits === 0 || ((((word & ~tops) + aboveNine) | word) & tops) !== 0) break words;
            word = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
            channel[n] = (word & 0xff) * 100 + (word >>> 16);
            at = line + 5 + (bits >>> 3);

            word = view.getInt32(at, true) ^ zeros;
            if ((((word & ~tops) + aboveNine) | word) & tops) break words;
            word = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
            let whole = (word & 0xff) * 100 + (word >>> 16);
            word = view.getInt32(at + 4, true) ^ zeros;
            if ((((word & ~tops) + aboveNine) | word) & tops) break words;
            word = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
            whole = whole * 10000 + (word & 0xff) * 100 + (word >>> 16);
            at += 8;
            let digit = (bytes[at] as number) - 48;
            if (digit >>> 0 <= 9) {
              whole = whole * 10 + digit;
              digit = (bytes[(at += 1)] as number) - 48;
            }
            if (digit >>> 0 <= 9) {
              const tenDigits = whole * 10 + digit;
              digit = (bytes[(at += 1)] as number) - 48;
              if (tenDigits > 4294967295 || digit !== comma - 48) break words;
              orbit[n] = tenDigits;
            } else {
              if (digit !== comma - 48) break words;
              orbit[n] = whole;
            }

            word = view.getInt32((at += 1), true);
            found = word ^ commas;
            found = (found - 0x01010101) & ~found & tops;
            bits = 32;
            if (found !== 0) bits = (31 - Math.clz32(found & -found)) & 24;
            else if (bytes[at + 4] !== comma) break words;
            word ^= zeros;
            if (bits !== 32) word <<= 32 - bits;
            if (bits === 0 || ((((word & ~tops) + aboveNine) | word) & tops) !== 0) break words;
            word = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
            bx[n] = (word & 0xff) * 100 + (word >>> 16);
            at += (bits >>> 3) + 1;
            break fields;
          }
          at = line;
        }
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
        at += 1;
      }

      // TDC_MEAS: an integer, or a decimal number of at most nine digits on each side of the point.
      let from = at;
      const negative = bytes[at] === minus;
      if (negative) from = at += 1;
      let digit = (bytes[at] as number) - 48;
      let value = digit;
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
