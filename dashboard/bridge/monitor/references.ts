/** The stored references, and which of them the rules compare with. */
import { randomUUID } from "node:crypto";
import type { Reference, ReferenceInfo } from "../../../pipeline/model/index.js";
import type { ChosenReference } from "../quality/baseline.js";
import type { RecordStore } from "../store/records.js";

/** Maximum number of stored references: a shifter chooses among a few. */
const maxReferences = 50;
export const noPlace = `the limit of ${maxReferences} references is reached, or the store cannot be written`;
const chosenNote = "reference";
const deletedNote = "deleted references";
/** Number of deletions remembered: a folder may hold more references than the store. */
const maxDeleted = 500;

/** Identifies a reference, regardless of its id. */
type ReferenceIdentity = Pick<Reference, "name" | "source" | "created_ms">;

export class ReferenceStore {
  private chosenIds: readonly string[];

  constructor(private readonly store: RecordStore) {
    // Older stores contain a single id, or null.
    const ids = [store.note(chosenNote) ?? []].flat() as string[];
    this.chosenIds = ids.filter((id) => store.reference(id) !== null);
  }

  list(): ReferenceInfo[] {
    return this.store.references().map((info) => ({ ...info, chosen: this.chosenIds.includes(info.id) }));
  }

  get(id: string): Reference | null {
    return this.store.reference(id);
  }

  /** Chosen references, in the order in which they were chosen. */
  get chosen(): ChosenReference[] {
    return this.chosenIds.flatMap((id) => {
      const reference = this.store.reference(id);
      return reference === null ? [] : [{ id, reference }];
    });
  }

  /** @returns null when the limit is reached or the reference cannot be written */
  add(reference: Reference): ReferenceInfo | null {
    if (this.store.references().length >= maxReferences) return null;
    const { name, created_ms, source, windows, seconds, hit_count } = reference;
    const info = { id: randomUUID(), name, created_ms, source, windows, seconds, hit_count };
    return this.store.putReference(info, reference) ? { ...info, chosen: false } : null;
  }

  /** @returns false when there is no such reference */
  choose(ids: readonly string[]): boolean {
    if (ids.some((id) => this.store.reference(id) === null)) return false;
    this.chosenIds = [...new Set(ids)];
    this.store.putNote(chosenNote, this.chosenIds);
    return true;
  }

  /** @returns false when there is no such reference */
  delete(id: string): boolean {
    const reference = this.store.reference(id);
    if (reference === null) return false;
    this.store.putNote(deletedNote, [...this.deleted(), nameOf(reference)].slice(-maxDeleted));
    this.remove(id);
    return true;
  }

  /** Like {@link delete}, but the reference may be added again. */
  remove(id: string): void {
    this.choose(this.chosenIds.filter((one) => one !== id));
    this.store.deleteReference(id);
  }

  /** Whether a user has deleted it; its file may still exist. */
  wasDeleted(reference: ReferenceIdentity): boolean {
    return this.deleted().includes(nameOf(reference));
  }

  private deleted(): string[] {
    return (this.store.note(deletedNote) as string[] | null) ?? [];
  }
}

function nameOf({ name, source, created_ms }: ReferenceIdentity): string {
  return JSON.stringify([name, source, created_ms]);
}
