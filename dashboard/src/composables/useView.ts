/** The view, synchronised with the page address, so that links, "back" and a reload show the same view. */
import { onScopeDispose, shallowRef, watch, type ShallowRef } from "vue";
import { readView, writeView, type View } from "../view/view.js";

export interface ViewControl {
  view: Readonly<ShallowRef<View>>;
  /** Changes parts of the view. */
  look: (change: Partial<View>) => void;
}

export function useView(): ViewControl {
  const view = shallowRef(readView(location.search));
  const back = (): void => void (view.value = readView(location.search));
  window.addEventListener("popstate", back);
  onScopeDispose(() => window.removeEventListener("popstate", back));
  watch(view, (now, before) => {
    const address = addressOf(now);
    if (address === `${location.pathname}${location.search}${location.hash}`) return;
    // "Back" undoes changes of tab or window, but not zooms and similar changes.
    if (now.tab !== before.tab || now.window !== before.window) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  });
  return { view, look: (change) => void (view.value = { ...view.value, ...change }) };
}

/** The full address of a view; based on the public URL if it is set. */
export function addressUnder(pageUrl: string | undefined, view: View): string {
  return pageUrl === undefined
    ? new URL(addressOf(view), location.href).href
    : `${pageUrl}${writeView(view)}`;
}

/** Whether an address is valid only on this machine. */
export function isLocalAddress(address: string): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(address).hostname);
}

/** Path, query and hash of a view. */
function addressOf(view: View): string {
  return `${location.pathname}${writeView(view)}${location.hash}`;
}
