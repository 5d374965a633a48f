/** Light, dark, or as the system says: the choice is kept in this browser. */
import { computed, type ComputedRef } from "vue";
import { useTheme } from "vuetify";

const key = "muonitor.theme";
type Choice = "light" | "dark" | "system";

/** The stored choice; "system" when there is none or storage is closed to us. */
export function storedTheme(): Choice {
  const value = read();
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
      write(next);
    },
  };
}

function read(): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function write(value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Private windows may forbid it: the choice then lasts as long as the page.
  }
}
