/** Font scale of this screen, 1 on a standard screen; canvases follow the style sheet. */
import { onScopeDispose, shallowRef, type ShallowRef } from "vue";

const usualPx = 16;

export function useScale(): Readonly<ShallowRef<number>> {
  const scale = shallowRef(read());
  const update = (): void => void (scale.value = read());
  window.addEventListener("resize", update);
  onScopeDispose(() => window.removeEventListener("resize", update));
  return scale;
}

function read(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / usualPx;
}
