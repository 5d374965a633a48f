/** What a line of a CSV source is: data or not, by the rules of the specification (section 1). */
import { isBlankLine } from "../../pipeline/steps/index.js";

export type LineKind =
  /** A row, well-formed or malformed. */
  | "row"
  /** A malformed row that the start of a message would turn into JSON. */
  | "json-like row"
  /** A header or a blank line: no data. */
  | "none";

const [space, tab, carriageReturn, comma] = [32, 9, 13, 44];
const [zero, nine] = [48, 57];
const [bracket, brace] = [91, 123];
const header = [72, 69, 65, 68];

/** The kind of the line bytes[start..end), LF not included. */
export function lineKind(bytes: Uint8Array, start: number, end: number): LineKind {
  const byte = bytes[start] as number;
  if (byte >= zero && byte <= nine) return "row";
  if (isBlankLine(bytes, start, end) || isHeader(bytes, start, end)) return "none";
  let first = start;
  while (isBlank(bytes[first]) || bytes[first] === carriageReturn) first += 1;
  return bytes[first] === brace || bytes[first] === bracket ? "json-like row" : "row";
}

/** Whether the first field, without the blanks around it, is HEAD. */
function isHeader(bytes: Uint8Array, start: number, end: number): boolean {
  const lineEnd = bytes[end - 1] === carriageReturn ? end - 1 : end;
  let at = start;
  while (at < lineEnd && isBlank(bytes[at])) at += 1;
  if (lineEnd - at < header.length || header.some((byte, i) => bytes[at + i] !== byte)) return false;
  at += header.length;
  while (at < lineEnd && isBlank(bytes[at])) at += 1;
  return at === lineEnd || bytes[at] === comma;
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab;
}
