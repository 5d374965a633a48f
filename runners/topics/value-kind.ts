/** Kind of a record's value: JSON, rows of separated fields, other text, bytes, or empty. */

/** The JSON content of a value; undefined if it is not JSON. */
export interface ReadValue {
  kind: "empty" | "JSON" | "CSV" | "text" | "binary";
  text: string | null;
  json?: unknown;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

export function readValue(value: Uint8Array | null): ReadValue {
  if (value === null || value.length === 0) return { kind: "empty", text: null };
  const text = textOf(value);
  if (text === null) return { kind: "binary", text };
  const json = parseJson(text);
  if (json !== undefined) return { kind: "JSON", text, json };
  return { kind: isTable(text) ? "CSV" : "text", text };
}

/** The bytes as text; null if they are not UTF-8 or contain NULs. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    const text = utf8.decode(bytes);
    return text.includes("\u0000") ? null : text;
  } catch {
    return null;
  }
}

/** Undefined if the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The fields of each non-blank line. */
export function fieldsOf(text: string): string[][] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => line.split(",").map((field) => field.trim()));
}

/** Whether all lines have the same number of fields, at least two. */
function isTable(text: string): boolean {
  const [first = [], ...rest] = fieldsOf(text);
  return first.length > 1 && rest.every(({ length }) => length === first.length);
}

const rowFields = ["HEAD", "FPGA", "TDC_CHANNEL", "ORBIT_CNT", "BX_COUNTER", "TDC_MEAS"];

/** The fields of a line as an object, so that their schema is inferred like that of JSON; null for a header row. */
export function fieldsAsObject(fields: readonly string[]): Record<string, unknown> | null {
  if (fields[0] === rowFields[0]) return null;
  const names = fields.length === rowFields.length ? rowFields : fields.map((_, i) => `field ${i + 1}`);
  return Object.fromEntries(
    fields.map((field, i): [string, unknown] => [names[i] ?? "", isNumber(field) ? Number(field) : field]),
  );
}

function isNumber(field: string): boolean {
  return field !== "" && Number.isFinite(Number(field));
}
