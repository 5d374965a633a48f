/** JSON values, JSON Lines and one streamed array. */
import { isBlank, linesOf } from "./decode-csv.js";
import { isSpace, scanArray } from "./scan-array.js";
import { collect, columnNames, rowOfNumbers, type Decoded, type Outcome } from "./row.js";

/** One JSON value, a whole message or line: a row, an array of rows, or one malformed row. */
export function decodeJsonValue(text: string): Outcome[] {
  const value = parse(text);
  if (value === undefined) return [{ malformed: "json" }];
  return Array.isArray(value.parsed) ? value.parsed.map(decodeElement) : [decodeElement(value.parsed)];
}

export function decodeJsonFile(bytes: Uint8Array): Decoded {
  const text = Buffer.from(bytes).toString("utf8");
  if (/^[ \t\r\n]*\[/.test(text)) return collect(decodeArrayFile(text));
  return collect(
    linesOf(text)
      .filter((line) => !isBlank(line))
      .flatMap(decodeJsonValue),
  );
}

/** Complete elements are decoded one by one; any damage outside them counts as one malformed row. */
function decodeArrayFile(text: string): Outcome[] {
  const { elements, rest, closed } = scanArray(text);
  const outcomes = elements.map(decodeElementText);
  if (closed) return isSpace(rest) ? outcomes : [...outcomes, { malformed: "json" }];
  const last = decodeElementText(rest);
  if ("row" in last) outcomes.push(last);
  return [...outcomes, { malformed: "json" }];
}

function decodeElementText(text: string): Outcome {
  const value = parse(text);
  return value === undefined ? { malformed: "json" } : decodeElement(value.parsed);
}

function decodeElement(element: unknown): Outcome {
  if (typeof element !== "object" || element === null || Array.isArray(element)) return { malformed: "json" };
  const own = new Map<string, unknown>(Object.entries(element));
  const values = columnNames.map((name) => own.get(name));
  if (!values.every((value) => typeof value === "number")) return { malformed: "json" };
  return rowOfNumbers(values);
}

function parse(text: string): { parsed: unknown } | undefined {
  try {
    return { parsed: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
