/** The ledger: what became of every row. rows = malformed + head_rejected + unmapped + scintillator + hits, always. */

/** Why a row is malformed. */
export const malformedReasons = ["fields", "number", "range", "json", "length"] as const;
export type MalformedReason = (typeof malformedReasons)[number];
export type MalformedReasons = Partial<Record<MalformedReason, number>>;

/** Counts of rows; the keys are those of the messages. */
export interface Ledger {
  rows: number;
  malformed: number;
  /** Why rows were malformed; only reasons that occurred. Absent when the writer does not tell. */
  malformed_reasons?: MalformedReasons;
  head_rejected: number;
  unmapped: number;
  scintillator: number;
  hits: number;
}

export function createLedger(): Ledger {
  return { rows: 0, malformed: 0, head_rejected: 0, unmapped: 0, scintillator: 0, hits: 0 };
}

/** Adds the counts of `from` to `into`. */
export function mergeLedger(into: Ledger, from: Ledger): void {
  into.rows += from.rows;
  into.malformed += from.malformed;
  into.head_rejected += from.head_rejected;
  into.unmapped += from.unmapped;
  into.scintillator += from.scintillator;
  into.hits += from.hits;
  if (from.malformed_reasons !== undefined)
    into.malformed_reasons = sumOfReasons(into.malformed_reasons ?? {}, from.malformed_reasons);
}

/** In the order of {@link malformedReasons}, so that the order of merging does not show. */
function sumOfReasons(a: MalformedReasons, b: MalformedReasons): MalformedReasons {
  const sum: MalformedReasons = {};
  for (const reason of malformedReasons) {
    const count = (a[reason] ?? 0) + (b[reason] ?? 0);
    if (count > 0) sum[reason] = count;
  }
  return sum;
}

/** Rows that the ledger does not explain; 0 in a ledger that adds up. */
export function ledgerGap(ledger: Ledger): number {
  const explained =
    ledger.malformed + ledger.head_rejected + ledger.unmapped + ledger.scintillator + ledger.hits;
  return ledger.rows - explained;
}
