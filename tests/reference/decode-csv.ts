/** CSV rows. Bytes are read as latin1, so every byte is one character. */
import { collect, rowOfNumbers, type Decoded, type Outcome } from "./row.js";

const fieldPattern = /^[ \t]*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[ \t]*$/;
const headerPattern = /^[ \t]*HEAD[ \t]*$/;

export function decodeCsv(bytes: Uint8Array): Decoded {
  const text = Buffer.from(bytes).toString("latin1");
  return collect(
    linesOf(text)
      .filter((line) => !isBlank(line) && !isHeader(line))
      .map(decodeLine),
  );
}

/** Lines end with LF or CRLF; at the end of the data the LF may be missing. */
export function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.replace(/\r$/, ""));
}

export function isBlank(line: string): boolean {
  return /^[ \t\r]*$/.test(line);
}

function isHeader(line: string): boolean {
  const isOneLine = !/\r[^]*[^ \t\r]/.test(line);
  return isOneLine && !line.includes("\0") && headerPattern.test(line.split(",", 1)[0] ?? "");
}

function decodeLine(line: string): Outcome {
  if (line.startsWith("{") || line.includes("\0")) return { malformed: "fields" };
  const fields = line.split(",");
  if (fields.length !== 6) return { malformed: "fields" };
  const matches = fields.map((field) => fieldPattern.exec(field));
  if (matches.includes(null)) return { malformed: "number" };
  return rowOfNumbers(matches.map((match) => Number(match?.[1])));
}
