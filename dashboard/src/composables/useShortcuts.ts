/** Keys that act on the whole page; not while the shifter types or a control that uses the key itself has the focus. */
import { onScopeDispose } from "vue";

/** @param otherwise for keys without an action of their own; returns whether it knew the key */
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
const usedByButtons = new Set([
  " ",
  "Enter",
  "ArrowLeft",
  "ArrowRight",
  "ArrowUp",
  "ArrowDown",
  "Home",
  "End",
]);

function usesKey(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (key === "Escape") return false;
  if (target.closest(writing) !== null) return true;
  return usedByButtons.has(key) && target.closest(pressing) !== null;
}
