/** Writes rows as CSV bytes, digit by digit, because a string per row would take most of the time. */
import type { Row } from "./row-queue.js";

/** No row is longer: two fields of one digit, four of at most eleven, a sign, a point, five commas and LF. */
export const longestRowBytes = 64;

const zero = 48;
const comma = 44;
const minus = 45;
const point = 46;
const lineFeed = 10;
/** From this HEAD on, TDC_MEAS is a float. */
const firstFloatHead = 4;
const millionth = 1_000_000;
const fiveDigits = 100_000;

/** Writes `row` at `at`; returns the position after it. */
export function writeRow(bytes: Uint8Array, at: number, row: Row): number {
  at = writeField(bytes, at, row.head);
  at = writeField(bytes, at, row.fpga);
  at = writeField(bytes, at, row.channel);
  at = writeField(bytes, at, row.orbit);
  at = writeField(bytes, at, row.bx);
  at = row.head < firstFloatHead ? writeInteger(bytes, at, row.tdc) : writeMillionths(bytes, at, row.tdc);
  bytes[at] = lineFeed;
  return at + 1;
}

function writeField(bytes: Uint8Array, at: number, value: number): number {
  const end = writeInteger(bytes, at, value);
  bytes[end] = comma;
  return end + 1;
}

/** Decimal digits of an integer 0..2^32 - 1, in two parts that fit into 31 bits, where division is fast. */
function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  if (value < fiveDigits) return writeDigits(bytes, at, value, digitsOf(value));
  const upper = Math.floor(value / fiveDigits);
  at = writeDigits(bytes, at, upper, digitsOf(upper));
  return writeDigits(bytes, at, value - upper * fiveDigits, 5);
}

function writeMillionths(bytes: Uint8Array, at: number, value: number): number {
  if (value < 0) bytes[at++] = minus;
  const size = Math.abs(value);
  const whole = Math.floor(size / millionth);
  at = writeDigits(bytes, at, whole, digitsOf(whole));
  bytes[at] = point;
  return writeDigits(bytes, at + 1, size - whole * millionth, 6);
}

/** @param value 0..2^31 - 1 */
function writeDigits(bytes: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value | 0;
  for (let i = at + digits - 1; i >= at; i -= 1) {
    const tenth = (rest / 10) | 0;
    bytes[i] = zero + rest - tenth * 10;
    rest = tenth;
  }
  return at + digits;
}

/** @param value 0..99999 */
function digitsOf(value: number): number {
  if (value < 100) return value < 10 ? 1 : 2;
  if (value < 10_000) return value < 1000 ? 3 : 4;
  return 5;
}
