/**
 * Link to the current view that includes its window; otherwise it would show the newest window at the time of
 * opening.
 */
import type { Monitor } from "./useMonitor.js";
import { addressUnder } from "./useView.js";

export function pinnedLink({ view, message, status }: Pick<Monitor, "view" | "message" | "status">): string {
  const window = view.value.window ?? message.value?.msg_ID ?? null;
  return addressUnder(status.value?.page_url, { ...view.value, window, back: null, pause: null });
}
