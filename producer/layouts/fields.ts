/** Numbers of a line, separated by one character. */
import { decodeNumber } from "../../pipeline/steps/index.js";

const [zero, nine] = [48, 57];
/** Maximum number of digits for the fast path; all their values are exact. */
const shortDigits = 15;

/**
 * Reads the fields of bytes[start, end) into `values`.
 * @returns the number of fields, or -1 if a field that fits in `values` is not a number
 */
export function readFields(
  bytes: Uint8Array,
  start: number,
  end: number,
  separator: number,
  values: Float64Array,
): number {
  let count = 0;
  let isBad = false;
  for (let at = start; ; at += 1) {
    const from = at;
    let value = 0;
    for (; at < end; at += 1) {
      const byte = bytes[at] as number;
      if (byte < zero || byte > nine) break;
      value = value * 10 + byte - zero;
    }
    const isPlain = at > from && at - from <= shortDigits && (at === end || bytes[at] === separator);
    if (!isPlain) {
      while (at < end && bytes[at] !== separator) at += 1;
      value = decodeNumber(bytes, from, at);
      if (value !== value) isBad = true;
    }
    if (count < values.length) values[count] = value;
    count += 1;
    if (at >= end) return isBad ? -1 : count;
  }
}

/** Whether a value is a whole number of at most 32 bits. */
export const isUint32 = (value: number): boolean => value >>> 0 === value;
