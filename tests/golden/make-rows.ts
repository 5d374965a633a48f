/** Small helpers that write the inputs of golden pairs. */
import { encodeDat } from "../reference/encode.js";

export function lines(...rows: string[]): string {
  return rows.map((row) => `${row}\n`).join("");
}

/** Six rows, each with the text in a different column. */
export function scatter(text: string): string[] {
  const fields = ["2", "0", "1", "7", "5", "5"];
  return fields.map((_, at) => fields.map((field, i) => (i === at ? text : field)).join(","));
}

/** One hit in each of `count` orbits, `step` apart. */
export function train(fpga: number, channel: number, first: number, count: number, step = 1): string[] {
  return Array.from({ length: count }, (_, i) => `2,${fpga},${channel},${first + i * step},5,5`);
}

/** A JSON row with the given values for HEAD, FPGA, TDC_CHANNEL, ORBIT_CNT, BX_COUNTER and TDC_MEAS. */
export function jsonRow(...values: string[]): string {
  const names = ["HEAD", "FPGA", "TDC_CHANNEL", "ORBIT_CNT", "BX_COUNTER", "TDC_MEAS"];
  return `{${values.map((value, i) => `"${names[i]}":${value}`).join(",")}}`;
}

/** A word of the read-out board. */
export function word(
  head: number,
  fpga: number,
  channel: number,
  orbit: number,
  bx: number,
  tdc: number,
): Uint8Array {
  return encodeDat([{ head, fpga, channel, orbit, bx, tdc }]);
}
