/** Simulated rows with their known answer, as input of the benchmarks. */
import { defaultDetector, type Ledger } from "../../../pipeline/model/index.js";
import { Simulator } from "../../../producer/index.js";

export interface KnownRows {
  /** CSV; every row ends with LF. */
  bytes: Uint8Array;
  ledger: Ledger;
}

const rowsPerBlock = 5000;

/** Rows of a telescope at `rateHz` rows/s, which sets the density of the orbits. */
export function knownRows(rows: number, rateHz: number, detector = defaultDetector): KnownRows {
  const simulator = new Simulator({ seed: 1, rateHz, detector });
  const blocks: Uint8Array[] = [];
  for (let left = rows; left > 0;) {
    const block = simulator.next(Math.min(rowsPerBlock, left));
    blocks.push(block.bytes);
    left -= block.rows;
  }
  return { bytes: Buffer.concat(blocks), ledger: simulator.truth().ledger };
}

/** Cuts rows into messages of `rowsPerMessage` rows. */
export function cutMessages({ bytes }: KnownRows, rowsPerMessage: number): Uint8Array[] {
  const messages: Uint8Array[] = [];
  let start = 0;
  let rows = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    rows += 1;
    if (rows % rowsPerMessage !== 0) continue;
    messages.push(bytes.subarray(start, at + 1));
    start = at + 1;
  }
  if (start < bytes.length) messages.push(bytes.subarray(start));
  return messages;
}

/** @throws Error when a result is wrong, which makes its time meaningless */
export function checkLedger(found: Ledger, known: Ledger): void {
  for (const key of ["rows", "malformed", "head_rejected", "unmapped", "scintillator", "hits"] as const) {
    if (found[key] !== known[key])
      throw new Error(`wrong answer: ${key} is ${found[key]}, not ${known[key]}`);
  }
}
