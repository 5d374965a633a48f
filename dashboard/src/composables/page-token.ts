/**
 * The token that this page shows to a bridge that wants one. It is kept until the tab is closed, and no longer: others
 * may sit before this browser later.
 */
import { recall, remember } from "./browser-memory.js";

const key = "muonitor.token";

interface PageToken {
  /** As the handshake tells it; nothing where there is none. */
  auth: () => { token?: string };
  set: (token: string) => void;
}

export function pageToken(): PageToken {
  let token = recall(key, "tab") ?? "";
  return {
    auth: () => (token === "" ? {} : { token }),
    set(next) {
      token = next;
      remember(key, next, "tab");
    },
  };
}
