/** Whether something is a reference that can be stored, compared with and drawn: all that is read of it must be there. */
import {
  cellsPerChamber,
  chamberKeys,
  ledgerKeys,
  referenceSchema,
  type Reference,
} from "../../../pipeline/model/index.js";

type Loose = Readonly<Record<string, unknown>>;

const numbers = [
  "windows",
  "seconds",
  "hit_count",
  "orbit_count",
  "scint_orbit_count",
] satisfies (keyof Reference)[];
/** The last moment that JavaScript can name. */
const lastMs = 8.64e15;

/** @returns one line on what is wrong with it; null when it is one of a schema that this version reads */
export function checkReference(value: unknown): string | null {
  const reference = fieldsOf(value);
  if (reference === null) return "a reference is an object";
  if (reference["schema"] !== referenceSchema)
    return `only references of schema ${referenceSchema} can be read`;
  if (!isName(reference["name"]) || typeof reference["source"] !== "string")
    return "the reference lacks its name";
  if (!isMoment(reference["created_ms"])) return "the reference lacks the time of its making";
  if (!numbers.every((name) => isCount(reference[name])) || !isCounts(reference["hit_count_chamber"], 4))
    return "the reference lacks histograms or counts";
  if (!chamberKeys.every((key) => hasHistograms(reference, key)))
    return "the reference lacks histograms or counts";
  const ledger = fieldsOf(reference["ledger"]);
  return ledgerKeys.every((name) => isCount(ledger?.[name])) ? null : "the reference lacks its ledger";
}

function hasHistograms(reference: Loose, key: string): boolean {
  const of = (name: keyof Reference): unknown => fieldsOf(reference[name])?.[key];
  const drift = fieldsOf(of("drift_time_chamber"));
  const edges = drift?.["bin_edges"];
  return (
    isCounts(fieldsOf(of("tdc_counts_chamber"))?.["hist_counts"], cellsPerChamber) &&
    isCounts(fieldsOf(of("scint_tdc_counts_chamber"))?.["hist_counts"], cellsPerChamber) &&
    isCounts(of("active_tdc_multiplicity_chamber"), cellsPerChamber + 1) &&
    Array.isArray(edges) &&
    edges.every(Number.isFinite) &&
    isCounts(drift?.["hist_counts"], edges.length - 1)
  );
}

function fieldsOf(value: unknown): Loose | null {
  return typeof value === "object" && value !== null ? (value as Loose) : null;
}

function isName(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isMoment(value: unknown): boolean {
  return Number.isInteger(value) && isCount(value) && (value as number) <= lastMs;
}

function isCount(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}

function isCounts(values: unknown, length?: number): boolean {
  return Array.isArray(values) && (length === undefined || values.length === length) && values.every(isCount);
}
