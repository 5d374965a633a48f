/** A CSV field: `[+-]?(digits[.[digits]]|.digits)([eE][+-]?digits)?` with spaces and tabs around it. */

const [tab, space, plus, minus, dot, zero, nine] = [9, 32, 43, 45, 46, 48, 57];
const [upperE, lowerE] = [69, 101];

/** Powers of ten that a double holds exactly, shape (23). */
const exactPowers = Float64Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
/** Decimal digits that always fit a double's mantissa. */
const exactDigits = 15;

const isDigit = (byte: number): boolean => byte >= zero && byte <= nine;
const isBlank = (byte: number): boolean => byte === space || byte === tab;

/**
 * Value of the field bytes[start, end): the nearest double, Infinity when too large for a double, NaN when the field
 * does not follow the grammar.
 */
export function decodeNumber(bytes: Uint8Array, start: number, end: number): number {
  while (start < end && isBlank(bytes[start] as number)) start += 1;
  while (end > start && isBlank(bytes[end - 1] as number)) end -= 1;
  let at = start;
  const sign = bytes[at] as number;
  if (at < end && (sign === plus || sign === minus)) at += 1;

  let mantissa = 0;
  let digits = 0;
  let scale = 0;
  const numberStart = at;
  for (; at < end && isDigit(bytes[at] as number); at += 1)
    mantissa = mantissa * 10 + (bytes[at] as number) - zero;
  digits = at - numberStart;
  if (at < end && bytes[at] === dot) {
    const fractionStart = (at += 1);
    for (; at < end && isDigit(bytes[at] as number); at += 1)
      mantissa = mantissa * 10 + (bytes[at] as number) - zero;
    scale = at - fractionStart;
    digits += scale;
  }
  if (digits === 0) return NaN;
  if (at === end && digits <= exactDigits) {
    const value = mantissa / (exactPowers[scale] as number);
    return sign === minus ? -value : value;
  }
  if (at < end && !isExponent(bytes, at, end)) return NaN;
  return Number(textOf(bytes, start, end));
}

function isExponent(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] !== upperE && bytes[at] !== lowerE) return false;
  at += 1;
  if (at < end && (bytes[at] === plus || bytes[at] === minus)) at += 1;
  if (at >= end) return false;
  for (; at < end; at += 1) if (!isDigit(bytes[at] as number)) return false;
  return true;
}

/** ASCII text of a range; built in slices, because a field may have any number of digits. */
function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 4096, end)));
  }
  return text;
}
