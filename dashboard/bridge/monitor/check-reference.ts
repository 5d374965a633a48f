/** Checks that a value is a complete reference: that it can be stored, compared with and plotted. */
import { misfitOfChambers, referenceSchema, type Reference } from "../../../pipeline/model/index.js";
import { inlined } from "../../../pipeline/model/schema/kit.js";
import { definitions } from "../../../pipeline/model/schema/message-parts.js";
import { reference } from "../../../pipeline/model/schema/reference.js";
import { lastMs } from "../../../pipeline/model/schema/requests.js";
import { checkOf } from "../../../pipeline/steps/check.js";

const violationsOf = checkOf(inlined({ ...reference, $defs: definitions.schemas }));
const lacksCounts = "the reference lacks histograms or counts";
const lacking: Record<string, string> = {
  schema: `the reference must have schema ${referenceSchema}`,
  name: "the reference lacks its name",
  source: "the reference lacks its name",
  created_ms: "the reference lacks its creation time",
  ledger: "the reference lacks its ledger",
};

/** @returns the error in one line; null if the reference is valid */
export function checkReference(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return "a reference must be an object";
  if ((value as Partial<Reference>).schema !== referenceSchema) return lacking["schema"] ?? null;
  const [first] = violationsOf(value);
  if (first !== undefined) {
    const [key = String(first.params["missingProperty"])] = first.path;
    return lacking[key] ?? lacksCounts;
  }
  return checkNumbers(value as Reference);
}

/** Constraints beyond the schema. */
function checkNumbers(value: Reference): string | null {
  const { created_ms, drift_time_chamber } = value;
  if (misfitOfChambers(value) !== null) return lacksCounts;
  if (created_ms > lastMs) return lacking["created_ms"] ?? null;
  const fits = Object.values(drift_time_chamber).every(
    ({ bin_edges, hist_counts }) => bin_edges.length === hist_counts.length + 1,
  );
  return fits ? null : lacksCounts;
}
