/** What a line of a CSV source is: data or not, by the rules of the specification (section 1). */
import { isBlankLine, isHeader } from "../../pipeline/steps/index.js";

type LineKind =
  /** A row, well-formed or malformed. */
  | "row"
  /** A malformed row that the start of a message would turn into JSON. */
  | "json-like row"
  /** A header or a blank line: no data. */
  | "none";

const [space, tab, carriageReturn] = [32, 9, 13];
const [zero, nine] = [48, 57];
const [bracket, brace] = [91, 123];

/** The kind of the line bytes[start..end), LF not included. */
export function lineKind(bytes: Uint8Array, start: number, end: number): LineKind {
  const byte = bytes[start] as number;
  if (byte >= zero && byte <= nine) return "row";
  if (isBlankLine(bytes, start, end) || isHeader(bytes, start, withoutReturn(bytes, start, end)))
    return "none";
  let first = start;
  while (isBlank(bytes[first]) || bytes[first] === carriageReturn) first += 1;
  return bytes[first] === brace || bytes[first] === bracket ? "json-like row" : "row";
}

function withoutReturn(bytes: Uint8Array, start: number, end: number): number {
  return end > start && bytes[end - 1] === carriageReturn ? end - 1 : end;
}

function isBlank(byte: number | undefined): boolean {
  return byte === space || byte === tab;
}
