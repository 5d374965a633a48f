/** The name of the shifter at this browser: recorded with each action, and stored in this browser. */
import { shallowRef, watch, type ShallowRef } from "vue";
import { recall, remember } from "./browser-memory.js";

const key = "muonitor.shifter";
const name = shallowRef(recall(key) ?? "");
watch(name, (next) => remember(key, next));

export function useShifter(): ShallowRef<string> {
  return name;
}
