/** Text that is being written: kept until the tab is closed, even if the panel is closed or the page reloaded. */
import { shallowRef, watch, type ShallowRef } from "vue";
import { recall, remember } from "./browser-memory.js";

/** @param name unique name of the field */
export function useDraft(name: string): ShallowRef<string> {
  const key = `muonitor.draft.${name}`;
  const text = shallowRef(recall(key, "tab") ?? "");
  watch(text, (now) => remember(key, now, "tab"));
  return text;
}
