/** The name of the shifter at this browser: recorded with each action, and stored in this browser. */
import { shallowRef, watch, type ShallowRef } from "vue";
import { recall, remember } from "./browser-memory.js";

const key = "muonitor.shifter";
const name = shallowRef(recall(key) ?? "");
watch(name, (next) => remember(key, next));

/** An action that waits for the shifter's name. */
interface Unsigned {
  words: string;
  act: (by: string) => void;
}

interface Signature {
  /** Null while no action waits. */
  unsigned: Readonly<ShallowRef<Unsigned | null>>;
  /** Acts in the shifter's name; if it is not known, the action waits for it. */
  sign: (words: string, act: Unsigned["act"]) => void;
  give: (by: string) => void;
  cancel: () => void;
}

/** The bridge refuses actions without a name. */
export function useSignature(): Signature {
  const unsigned = shallowRef<Unsigned | null>(null);
  const cancel = (): void => void (unsigned.value = null);
  function sign(words: string, act: Unsigned["act"]): void {
    const by = name.value.trim();
    if (by === "") unsigned.value = { words, act };
    else act(by);
  }
  function give(by: string): void {
    const waiting = unsigned.value;
    name.value = by.trim();
    cancel();
    if (waiting !== null) sign(waiting.words, waiting.act);
  }
  return { unsigned, sign, give, cancel };
}

export function useShifter(): ShallowRef<string> {
  return name;
}
