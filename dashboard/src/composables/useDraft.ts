/** Text that somebody is writing: it survives another panel and a reload, until the tab is closed. */
import { shallowRef, watch, type ShallowRef } from "vue";
import { recall, remember } from "./browser-memory.js";

/** @param name of the text, different for each field */
export function useDraft(name: string): ShallowRef<string> {
  const key = `muonitor.draft.${name}`;
  const text = shallowRef(recall(key, "tab") ?? "");
  watch(text, (now) => remember(key, now, "tab"));
  return text;
}
