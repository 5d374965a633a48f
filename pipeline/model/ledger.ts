/** The ledger: row counts by outcome. Always rows = malformed + head_rejected + unmapped + scintillator + hits. */
import type { Ledger } from "./schema/message-parts.js";

export type { Ledger } from "./schema/message-parts.js";

/** Why a row is malformed. */
export const malformedReasons = ["fields", "number", "range", "json", "length"] as const;
export type MalformedReason = (typeof malformedReasons)[number];
export type MalformedReasons = Partial<Record<MalformedReason, number>>;

/** Outcome for a row that could be read. */
export const readFates = ["head_rejected", "unmapped", "scintillator", "hits"] as const;
/** Outcome for any row. */
export const fates = ["malformed", ...readFates] as const;
/** Counts of rows of a ledger, in the order of the messages. */
export const ledgerKeys = ["rows", ...fates] as const;
export type LedgerKey = (typeof ledgerKeys)[number];

export function createLedger(): Ledger {
  // A literal, so that the compiler checks that all keys exist.
  return { rows: 0, malformed: 0, head_rejected: 0, unmapped: 0, scintillator: 0, hits: 0 };
}

/** A value for each count of a ledger. */
export function byLedgerKey<T>(value: (key: LedgerKey) => T): Record<LedgerKey, T> {
  return Object.fromEntries(ledgerKeys.map((key) => [key, value(key)])) as Record<LedgerKey, T>;
}

/** Adds the counts of `from` to `into`. */
export function mergeLedger(into: Ledger, from: Ledger): void {
  for (const key of ledgerKeys) into[key] += from[key];
  if (from.malformed_reasons !== undefined)
    into.malformed_reasons = sumOfReasons(into.malformed_reasons ?? {}, from.malformed_reasons);
}

/** Keys in the order of {@link malformedReasons}, so that the result does not depend on the order of merging. */
function sumOfReasons(a: MalformedReasons, b: MalformedReasons): MalformedReasons {
  const sum: MalformedReasons = {};
  for (const reason of malformedReasons) {
    const count = (a[reason] ?? 0) + (b[reason] ?? 0);
    if (count > 0) sum[reason] = count;
  }
  return sum;
}

/** Rows that the ledger accounts for. */
export function explainedRows(ledger: Ledger): number {
  return fates.reduce((sum, fate) => sum + ledger[fate], 0);
}

/** Rows unaccounted for; 0 in a consistent ledger. */
export function ledgerGap(ledger: Ledger): number {
  return ledger.rows - explainedRows(ledger);
}
