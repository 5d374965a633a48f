/** The tour starts with `?tour` in the address, once per browser; the help starts it again. */
import { shallowRef, type ShallowRef } from "vue";
import { recall, remember } from "./browser-memory.js";

const key = "muonitor.tour";
const running = shallowRef(new URLSearchParams(location.search).has("tour") && recall(key) === null);

interface Tour {
  running: Readonly<ShallowRef<boolean>>;
  start: () => void;
  end: () => void;
}

export function useTour(): Tour {
  return {
    running,
    start: () => (running.value = true),
    end() {
      running.value = false;
      remember(key, "seen");
    },
  };
}
