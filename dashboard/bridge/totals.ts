/** Sums over windows, by replacement: a corrected window takes the place of what it corrects. */
import { chamberCount, createLedger, malformedReasons } from "../../pipeline/model/index.js";
import type { Ledger, Totals, TrendPoint, WindowSum } from "../../pipeline/model/index.js";

const ledgerKeys = ["rows", "malformed", "head_rejected", "unmapped", "scintillator", "hits"] as const;

export function createTotals(sinceMs: number): Totals {
  return {
    since_ms: sinceMs,
    windows: 0,
    hit_count: 0,
    hit_count_chamber: Array.from({ length: chamberCount }, () => 0),
    ledger: createLedger(),
  };
}

/** What a sum of windows says of the totals. */
export function totalsOf({
  windows,
  hit_count,
  hit_count_chamber,
  ledger,
  known_unmapped,
}: WindowSum): Omit<Totals, "since_ms"> {
  return {
    windows,
    hit_count,
    hit_count_chamber: [...hit_count_chamber],
    ledger: structuredClone(ledger),
    ...knownPart(known_unmapped ?? 0),
  };
}

const knownPart = (known: number): Pick<Totals, "known_unmapped"> =>
  known === 0 ? {} : { known_unmapped: known };

/** The totals after `now` has taken the place of `before`; null when the window is new. */
export function replaceInTotals(totals: Totals, before: TrendPoint | null, now: TrendPoint): Totals {
  const chambers = totals.hit_count_chamber;
  return {
    since_ms: totals.since_ms,
    windows: totals.windows + (before === null ? 1 : 0),
    hit_count: totals.hit_count + now.hit_count - (before?.hit_count ?? 0),
    hit_count_chamber: chambers.map((sum, c) => sum + difference(before, now, c)),
    ledger: replaceInLedger(totals.ledger, before?.ledger ?? null, now.ledger),
    ...knownPart((totals.known_unmapped ?? 0) + (now.known_unmapped ?? 0) - (before?.known_unmapped ?? 0)),
  };
}

function difference(before: TrendPoint | null, now: TrendPoint, chamber: number): number {
  return (now.hit_count_chamber[chamber] ?? 0) - (before?.hit_count_chamber[chamber] ?? 0);
}

function replaceInLedger(sum: Ledger, before: Ledger | null, now: Ledger): Ledger {
  const next = createLedger();
  for (const key of ledgerKeys) next[key] = sum[key] + now[key] - (before?.[key] ?? 0);
  for (const reason of malformedReasons) {
    const count = reasonCount(sum, reason) + reasonCount(now, reason) - reasonCount(before, reason);
    if (count !== 0) (next.malformed_reasons ??= {})[reason] = count;
  }
  return next;
}

function reasonCount(ledger: Ledger | null, reason: (typeof malformedReasons)[number]): number {
  return ledger?.malformed_reasons?.[reason] ?? 0;
}
