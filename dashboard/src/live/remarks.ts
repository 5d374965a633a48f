/** The remarks that the page knows. */
import type { Remark } from "../../../pipeline/model/index.js";

const kept = 500;

/** Takes in a remark that was written or withdrawn; newest first. */
export function takeRemark(remarks: readonly Remark[], fresh: Remark): Remark[] {
  const others = remarks.filter(({ id }) => id !== fresh.id);
  return [...others, fresh].sort((a, b) => b.from_ms - a.from_ms).slice(0, kept);
}
