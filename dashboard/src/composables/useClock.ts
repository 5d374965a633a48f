/** The browser's clock, read every second. */
import { onScopeDispose, shallowRef, type ShallowRef } from "vue";

export function useClock(intervalMs = 1000): Readonly<ShallowRef<number>> {
  const now = shallowRef(Date.now());
  const timer = setInterval(() => (now.value = Date.now()), intervalMs);
  onScopeDispose(() => clearInterval(timer));
  return now;
}
