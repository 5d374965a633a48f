/** Keys that act on the whole page; not while the shifter types or stands on a control that uses the key itself. */
import { onScopeDispose } from "vue";

export function useShortcuts(actions: Readonly<Record<string, () => void>>): void {
  function onKey(event: KeyboardEvent): void {
    const action = actions[event.key];
    if (action === undefined || event.ctrlKey || event.metaKey || event.altKey || usesKeys(event.target))
      return;
    event.preventDefault();
    action();
  }
  window.addEventListener("keydown", onKey);
  onScopeDispose(() => window.removeEventListener("keydown", onKey));
}

function usesKeys(target: EventTarget | null): boolean {
  const controls = "input, textarea, select, button, a, [role=tab], [role=switch], [contenteditable]";
  return target instanceof Element && target.closest(controls) !== null;
}
