/** Light, dark, or the system's setting; the choice is stored in this browser. */
import { computed, type ComputedRef } from "vue";
import { useTheme } from "vuetify";
import { recall, remember } from "./browser-memory.js";

const key = "muonitor.theme";
type Choice = "light" | "dark" | "system";

/** The stored choice; "system" if none is stored or storage is not accessible. */
export function storedTheme(): Choice {
  const value = recall(key);
  return value === "light" || value === "dark" ? value : "system";
}

export function useColourTheme(): { dark: ComputedRef<boolean>; toggle: () => void } {
  const theme = useTheme();
  const dark = computed(() => theme.global.current.value.dark);
  return {
    dark,
    toggle() {
      const next = dark.value ? "light" : "dark";
      void theme.change(next);
      remember(key, next);
    },
  };
}
