/** Keys for the whole page. They are ignored while the shifter types, or if the focused control uses the key. */
import { onScopeDispose } from "vue";

/** @param otherwise handles other keys; returns whether it used the key */
export function useShortcuts(
  actions: Readonly<Record<string, () => void>>,
  otherwise: (key: string) => boolean = () => false,
): void {
  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || usesKey(event.target, event.key)) return;
    const action = Object.hasOwn(actions, event.key) ? actions[event.key] : undefined;
    if (action === undefined && !otherwise(event.key)) return;
    action?.();
    event.preventDefault();
  }
  window.addEventListener("keydown", onKey);
  onScopeDispose(() => window.removeEventListener("keydown", onKey));
}

const writing =
  "input:not([type=range], [type=checkbox]), textarea, select, [contenteditable], [role=dialog]";
const pressing = "button, a, input, [role=tab], [role=switch], [role=menuitem]";
const moving = "input, [role=tab], [role=menuitem]";
const pressKeys = new Set([" ", "Enter"]);
const moveKeys = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);

function usesKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (key === "Escape") return false;
  if (target.closest(writing) !== null) return true;
  if (pressKeys.has(key)) return target.closest(pressing) !== null;
  return moveKeys.has(key) && target.closest(moving) !== null;
}
