/** Ledgers without their optional parts, and a short way to write them. */
import { createLedger, type Ledger } from "../../pipeline/model/ledger.js";

/** The ledger without the optional `malformed_reasons` and keys of later schemas. */
export function plainLedger(ledger: Ledger): Ledger {
  const { rows, malformed, head_rejected, unmapped, scintillator, hits } = ledger;
  return { rows, malformed, head_rejected, unmapped, scintillator, hits };
}

/** A ledger from its parts; `rows` is their sum. */
export function ledgerWith(parts: Partial<Omit<Ledger, "rows" | "malformed_reasons">>): Ledger {
  const rows = Object.values(parts).reduce((sum, count) => sum + count, 0);
  return { ...createLedger(), ...parts, rows };
}
