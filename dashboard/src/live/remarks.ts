/** The remarks on the page. */
import type { Remark } from "../../../pipeline/model/index.js";

const kept = 500;

/** Adds or updates a remark; newest first. */
export function takeRemark(remarks: readonly Remark[], fresh: Remark): Remark[] {
  const others = remarks.filter(({ id }) => id !== fresh.id);
  return [...others, fresh].sort((a, b) => b.from_ms - a.from_ms).slice(0, kept);
}
