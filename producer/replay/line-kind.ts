/** What a line of a CSV source is: data or not, by the rules of the specification (section 1). */

export type LineKind =
  /** A row, well-formed or malformed. */
  | "row"
  /** A malformed row that the start of a message would turn into JSON. */
  | "json-like row"
  /** A header or a blank line: no data. */
  | "none";

const comma = 44;
const [zero, nine] = [48, 57];
const [bracket, brace] = [91, 123];
const header = [72, 69, 65, 68];

/** The kind of the line bytes[start..end), LF not included. */
export function lineKind(bytes: Uint8Array, start: number, end: number): LineKind {
  const byte = bytes[start];
  if (byte !== undefined && byte >= zero && byte <= nine && start < end) return "row";
  const first = skipBlanks(bytes, start, end);
  if (first === end) return "none";
  if (bytes[first] === brace || bytes[first] === bracket) return "json-like row";
  return isHeader(bytes, first, end) ? "none" : "row";
}

/** Whether the first field, which begins at `at`, is HEAD with nothing but blanks after it. */
function isHeader(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < header.length || header.some((byte, i) => bytes[at + i] !== byte)) return false;
  const after = skipBlanks(bytes, at + header.length, end);
  return after === end || bytes[after] === comma;
}

function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && isBlank(bytes[at])) at += 1;
  return at;
}

/** Space, tab or CR. */
function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === 13;
}
