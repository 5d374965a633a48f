/** The name of the shifter in front of this browser: written under what he or she does; kept in this browser. */
import { shallowRef, watch, type ShallowRef } from "vue";
import { recall, remember } from "./browser-memory.js";

const key = "muonitor.shifter";
const name = shallowRef(recall(key) ?? "");
watch(name, (next) => remember(key, next));

export function useShifter(): ShallowRef<string> {
  return name;
}
