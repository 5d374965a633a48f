/**
 * Unrolled JSON: nested objects become columns with dotted names, arrays become rows. Sibling arrays advance in
 * parallel, row by row; all other values are repeated in each row.
 */

/** Value of one cell: any JSON value except objects and arrays. */
export type Cell = string | number | boolean | null;
export type Row = Record<string, Cell>;

/** Column of a value that is not an object. */
const valueColumn = "value";

interface Unrolled {
  rows: Row[];
  /** Whether the rows come from an array, so that they align with the rows of other arrays. */
  isList: boolean;
}

/** The rows of a parsed JSON value; at least one. */
export function unroll(value: unknown): Row[] {
  return unrolled(value, "").rows;
}

function unrolled(value: unknown, name: string): Unrolled {
  if (Array.isArray(value)) return unrolledArray(value, name);
  if (typeof value === "object" && value !== null) return unrolledObject(value, name);
  return { rows: [rowOf([[name === "" ? valueColumn : name, value as Cell]])], isList: false };
}

function unrolledArray(items: readonly unknown[], name: string): Unrolled {
  const rows = items.flatMap((item) => unrolled(item, name).rows);
  return { rows: rows.length > 0 ? rows : [rowOf([])], isList: true };
}

function unrolledObject(fields: object, name: string): Unrolled {
  const parts = Object.entries(fields).map(([key, value]) =>
    unrolled(value, name === "" ? key : `${name}.${key}`),
  );
  const lists = parts.filter(({ isList }) => isList);
  const length = lists.reduce((longest, { rows }) => Math.max(longest, rows.length), 1);
  const rows = Array.from({ length }, (_, i) =>
    rowOf(parts.flatMap(({ rows, isList }) => Object.entries(rows[isList ? i : 0] ?? {}))),
  );
  return { rows, isList: lists.length > 0 };
}

/** A plain object for any column names, including `__proto__`. */
function rowOf(cells: readonly (readonly [string, Cell])[]): Row {
  return Object.fromEntries(cells);
}
