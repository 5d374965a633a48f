/** The address of what is shown now: with its window, for without one it shows what is newest when it is opened. */
import type { Monitor } from "./useMonitor.js";
import { addressOf } from "./useView.js";

export function pinnedLink({ view, message }: Pick<Monitor, "view" | "message">): string {
  const window = view.value.window ?? message.value?.msg_ID ?? null;
  return new URL(addressOf({ ...view.value, window }), location.href).href;
}
