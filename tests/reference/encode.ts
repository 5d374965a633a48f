/** Encodes rows in each format, for tests. */
import { columnNames, type Row } from "./row.js";

function valuesOf(row: Row): number[] {
  return [row.head, row.fpga, row.channel, row.orbit, row.bx, row.tdc];
}

export function encodeCsv(rows: readonly Row[]): Uint8Array {
  return Buffer.from(rows.map((row) => `${valuesOf(row).join()}\n`).join(""));
}

export function jsonOf(row: Row): string {
  const values = valuesOf(row);
  return JSON.stringify(Object.fromEntries(columnNames.map((name, i) => [name, values[i]])));
}

export function encodeJsonLines(rows: readonly Row[]): Uint8Array {
  return Buffer.from(rows.map((row) => `${jsonOf(row)}\n`).join(""));
}

export function encodeJsonArray(rows: readonly Row[]): Uint8Array {
  return Buffer.from(`[${rows.map(jsonOf).join(",\n")}]`);
}

/** @param rows whose values fit the bits of their fields */
export function encodeDat(rows: readonly Row[]): Uint8Array {
  const bytes = Buffer.alloc(rows.length * 8);
  rows.forEach((row, i) => bytes.writeBigUInt64LE(wordOf(row), i * 8));
  return bytes;
}

function wordOf({ head, fpga, channel, orbit, bx, tdc }: Row): bigint {
  const shifts: [number, bigint][] = [
    [head, 61n],
    [fpga, 58n],
    [channel, 49n],
    [orbit, 17n],
    [bx, 5n],
    [tdc, 0n],
  ];
  return shifts.reduce((word, [value, shift]) => word | (BigInt(value) << shift), 0n);
}
