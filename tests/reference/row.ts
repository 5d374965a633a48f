/** One row of the read-out, and the results of the reference's decoders. */
import type { Ledger, MalformedReason } from "../../pipeline/model/ledger.js";

export interface Row {
  head: number;
  fpga: number;
  channel: number;
  orbit: number;
  bx: number;
  tdc: number;
}

export const columnNames = ["HEAD", "FPGA", "TDC_CHANNEL", "ORBIT_CNT", "BX_COUNTER", "TDC_MEAS"] as const;

/** Result for one line, element or word. */
export type Outcome = { row: Row } | { malformed: MalformedReason };

/** Result for a whole value or file: its rows in order, and one reason for each malformed row. */
export interface Decoded {
  rows: Row[];
  malformed: MalformedReason[];
}

export function collect(outcomes: Outcome[]): Decoded {
  const decoded: Decoded = { rows: [], malformed: [] };
  for (const outcome of outcomes) {
    if ("row" in outcome) decoded.rows.push(outcome.row);
    else decoded.malformed.push(outcome.malformed);
  }
  return decoded;
}

/** Checks six numbers: all must be finite, and the first five 32-bit integers. */
export function rowOfNumbers(values: number[]): Outcome {
  if (values.length !== 6) return { malformed: "fields" };
  if (!values.every(Number.isFinite)) return { malformed: "number" };
  if (!values.slice(0, 5).every(isCounter)) return { malformed: "range" };
  // Adding 0 changes only -0, to 0.
  const [head, fpga, channel, orbit, bx, tdc] = values.map((value) => value + 0) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { row: { head, fpga, channel, orbit, bx, tdc } };
}

function isCounter(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 4294967295;
}

/** A ledger with only malformed rows. */
export function malformedLedger(reasons: MalformedReason[]): Ledger {
  const count = reasons.length;
  const ledger: Ledger = {
    rows: count,
    malformed: count,
    head_rejected: 0,
    unmapped: 0,
    scintillator: 0,
    hits: 0,
  };
  if (count === 0) return ledger;
  ledger.malformed_reasons = {};
  for (const reason of reasons) {
    ledger.malformed_reasons[reason] = (ledger.malformed_reasons[reason] ?? 0) + 1;
  }
  return ledger;
}
