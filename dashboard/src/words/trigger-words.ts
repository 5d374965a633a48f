/** The FPGAs' trigger words for an event. */
import type { WindowMessage } from "../../../pipeline/model/index.js";
import { count, percent } from "./format.js";

/**
 * The words of the event's window: messages do not assign words to single muons, and words arrive up to 12 s before
 * their hits.
 */
export function triggerWordsBeside(words: WindowMessage["trigger_words"]): string {
  const all = Object.entries(words ?? {});
  if (all.length === 0) return "No trigger words in this window.";
  const each = all.map(
    ([fpga, { candidates, matched }]) =>
      `FPGA ${fpga}: ${count(candidates)} words, ${count(matched)} with a segment (${percent(matched, candidates)})`,
  );
  return `Trigger words of this window: ${each.join("; ")}. Messages do not assign words to single muons; see Trigger words.`;
}
