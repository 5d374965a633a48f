/** Sums of whole windows, for pictures and references. A corrected window replaces its previous version. */
import {
  addMuonCounts,
  chamberKeysOf,
  createLedger,
  knownUnmapped,
  ledgerKeys,
  malformedReasons,
  referenceSchema,
  type Ledger,
  type PerChamber,
  type Reference,
  type WindowMessage,
  type WindowSum,
} from "../../../pipeline/model/index.js";

/** An empty sum with the axes of a window. */
export function emptySum(like: WindowMessage): WindowSum {
  const none = (values: readonly number[]): number[] => values.map(() => 0);
  const copy = structuredClone(like);
  const { tdc_counts_chamber, scint_tdc_counts_chamber, drift_time_chamber } = copy;
  for (const counts of [tdc_counts_chamber, scint_tdc_counts_chamber, drift_time_chamber].flatMap(
    Object.values,
  ))
    (counts as { hist_counts: number[] }).hist_counts = none(
      (counts as { hist_counts: number[] }).hist_counts,
    );
  for (const counts of Object.values(drift_time_chamber))
    Object.assign(counts, { underflow: 0, overflow: 0 });
  for (const counts of Object.values(copy.active_tdc_multiplicity_chamber)) counts.fill(0);
  return {
    windows: 0,
    seconds: 0,
    start_ms: null,
    end_ms: null,
    ledger: createLedger(),
    hit_count: 0,
    hit_count_chamber: none(like.hit_count_chamber),
    tdc_counts_chamber: copy.tdc_counts_chamber,
    scint_tdc_counts_chamber: copy.scint_tdc_counts_chamber,
    drift_time_chamber: copy.drift_time_chamber,
    active_tdc_multiplicity_chamber: copy.active_tdc_multiplicity_chamber,
    orbit_count: 0,
    scint_orbit_count: 0,
  };
}

/** Whether both have the same chambers, channels and bins, so that they can be added. */
export function fits(sum: WindowSum, message: WindowMessage): boolean {
  if (sum.hit_count_chamber.length !== message.hit_count_chamber.length) return false;
  return chamberKeysOf(message).every((key) => {
    const [a, b] = [edgesOf(sum.drift_time_chamber, key), edgesOf(message.drift_time_chamber, key)];
    const [c, d] = [edgesOf(sum.tdc_counts_chamber, key), edgesOf(message.tdc_counts_chamber, key)];
    return a.length === b.length && a[0] === b[0] && a.at(-1) === b.at(-1) && c[0] === d[0];
  });
}

function edgesOf(counts: PerChamber<{ bin_edges: number[] }>, key: string): number[] {
  return counts[key]?.bin_edges ?? [];
}

/** Adds a window to the sum in place, or subtracts it with -1. */
export function addWindow(sum: WindowSum, message: WindowMessage, sign: 1 | -1 = 1): void {
  const { start_ms, end_ms } = message.window;
  sum.windows += sign;
  sum.seconds += (sign * (end_ms - start_ms)) / 1000;
  sum.start_ms = Math.min(sum.start_ms ?? start_ms, start_ms);
  sum.end_ms = Math.max(sum.end_ms ?? end_ms, end_ms);
  sum.hit_count += sign * message.hit_count;
  sum.orbit_count += sign * message.orbit_count;
  sum.scint_orbit_count += sign * message.scint_orbit_count;
  add(sum.hit_count_chamber, message.hit_count_chamber, sign);
  addLedger(sum.ledger, message.ledger, sign);
  addKnown(sum, sign * knownUnmapped(message));
  addMuonCounts(sum, message, sign);
  for (const key of chamberKeysOf(message)) addChamber(sum, message, key, sign);
}

function addChamber(sum: WindowSum, message: WindowMessage, key: string, sign: 1 | -1): void {
  const [into, from] = [sum.drift_time_chamber[key], message.drift_time_chamber[key]];
  if (into === undefined || from === undefined) return;
  add(into.hist_counts, from.hist_counts, sign);
  into.underflow += sign * from.underflow;
  into.overflow += sign * from.overflow;
  for (const name of ["tdc_counts_chamber", "scint_tdc_counts_chamber"] as const)
    add(sum[name][key]?.hist_counts ?? [], message[name][key]?.hist_counts ?? [], sign);
  add(
    sum.active_tdc_multiplicity_chamber[key] ?? [],
    message.active_tdc_multiplicity_chamber[key] ?? [],
    sign,
  );
}

/** The sum of the windows, without those whose bins differ from the newest window's. Null if there are none. */
export function sumWindows(messages: readonly WindowMessage[]): WindowSum | null {
  const newest = messages.at(-1);
  if (newest === undefined) return null;
  const sum = emptySum(newest);
  for (const message of messages) if (fits(sum, message)) addWindow(sum, message);
  return sum;
}

export function referenceOf(sum: WindowSum, name: string, source: string, created_ms: number): Reference {
  return { schema: referenceSchema, name, created_ms, source, ...sum };
}

/** Adds numbers to the first array in place, or subtracts them with -1. */
export function add(into: number[], from: readonly number[], sign: 1 | -1): void {
  from.forEach((value, i) => (into[i] = (into[i] ?? 0) + sign * value));
}

/** Adds rows of the read-out's own channels to the sum in place, or subtracts them; at 0 the key is removed. */
export function addKnown(sum: { known_unmapped?: number }, rows: number): void {
  const known = (sum.known_unmapped ?? 0) + rows;
  if (known !== 0) sum.known_unmapped = known;
  else Reflect.deleteProperty(sum, "known_unmapped");
}

/** Adds a ledger to the first one in place, or subtracts it with -1; reasons without rows are removed. */
export function addLedger(into: Ledger, from: Ledger, sign: 1 | -1): void {
  for (const key of ledgerKeys) into[key] += sign * from[key];
  const sums = malformedReasons.flatMap((reason): [string, number][] => {
    const count = (into.malformed_reasons?.[reason] ?? 0) + sign * (from.malformed_reasons?.[reason] ?? 0);
    return count === 0 ? [] : [[reason, count]];
  });
  if (sums.length > 0) into.malformed_reasons = Object.fromEntries(sums);
  else delete into.malformed_reasons;
}
