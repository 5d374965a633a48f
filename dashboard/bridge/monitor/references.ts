/** The stored references, and the one that the rules compare with. */
import { randomUUID } from "node:crypto";
import { referenceSchema, type Reference, type ReferenceInfo } from "../../../pipeline/model/index.js";
import type { RecordStore } from "../store/records.js";

/** More are not kept: a shifter chooses among few. */
export const maxReferences = 50;
const chosenNote = "reference";

export class ReferenceBook {
  private chosenId: string | null;

  constructor(private readonly store: RecordStore) {
    const id = store.note(chosenNote);
    this.chosenId = typeof id === "string" && store.reference(id) !== null ? id : null;
  }

  list(): ReferenceInfo[] {
    return this.store.references().map((info) => ({ ...info, chosen: info.id === this.chosenId }));
  }

  get(id: string): Reference | null {
    return this.store.reference(id);
  }

  get chosen(): { id: string; reference: Reference } | null {
    const reference = this.chosenId === null ? null : this.store.reference(this.chosenId);
    return reference === null ? null : { id: this.chosenId as string, reference };
  }

  /** @returns null when there are too many already */
  add(reference: Reference): ReferenceInfo | null {
    if (this.store.references().length >= maxReferences) return null;
    const { name, created_ms, source, windows, seconds, hit_count } = reference;
    const info = { id: randomUUID(), name, created_ms, source, windows, seconds, hit_count };
    this.store.putReference(info, reference);
    return { ...info, chosen: false };
  }

  /** @returns false when there is no such reference */
  choose(id: string | null): boolean {
    if (id !== null && this.store.reference(id) === null) return false;
    this.chosenId = id;
    this.store.putNote(chosenNote, id);
    return true;
  }

  /** @returns false when there is no such reference */
  delete(id: string): boolean {
    if (this.store.reference(id) === null) return false;
    if (id === this.chosenId) this.choose(null);
    this.store.deleteReference(id);
    return true;
  }
}

/** A reference as it may come from anywhere. */
type Loose = {
  [Name in keyof Reference]?: Reference[Name] extends object ? Partial<Record<string, Histogram>> : unknown;
};
type Histogram = { hist_counts?: unknown } | undefined;

/** Whether something is a reference of a schema that this version reads; one line on what is wrong otherwise. */
export function checkReference(value: unknown): string | null {
  const reference = value as Loose | null;
  if (typeof reference !== "object" || reference === null) return "a reference is an object";
  if (reference.schema !== referenceSchema) return `only references of schema ${referenceSchema} can be read`;
  const chambers = ["0", "1", "2", "3"] as const;
  const isCounts = (values: unknown, length?: number): boolean =>
    Array.isArray(values) &&
    (length === undefined || values.length === length) &&
    values.every((one) => typeof one === "number" && one >= 0 && Number.isFinite(one));
  const hasAll = chambers.every(
    (key) =>
      isCounts(reference.tdc_counts_chamber?.[key]?.hist_counts, 64) &&
      isCounts(reference.scint_tdc_counts_chamber?.[key]?.hist_counts, 64) &&
      isCounts(reference.drift_time_chamber?.[key]?.hist_counts) &&
      isCounts(reference.active_tdc_multiplicity_chamber?.[key]),
  );
  const isNumber = (one: unknown): boolean => typeof one === "number" && Number.isFinite(one);
  const numbers = [reference.windows, reference.seconds, reference.hit_count, reference.orbit_count];
  if (!hasAll || !numbers.every(isNumber) || !isCounts(reference.hit_count_chamber, 4))
    return "the reference lacks histograms or counts";
  const { ledger } = reference as { ledger?: { rows?: unknown } };
  if (typeof ledger?.rows !== "number") return "the reference lacks its ledger";
  if (typeof reference.name !== "string" || typeof reference.source !== "string")
    return "the reference lacks its name";
  return null;
}
