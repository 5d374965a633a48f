/**
 * Values stored in this browser. If storage is not allowed, as in private windows, they last until the page is
 * closed.
 */

/** "tab": until the tab is closed. */
type Keeping = "browser" | "tab";

export function recall(key: string, keeping: Keeping = "browser"): string | null {
  try {
    return storageOf(keeping).getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string, keeping: Keeping = "browser"): void {
  try {
    storageOf(keeping).setItem(key, value);
  } catch {
    // Storage is not allowed.
  }
}

function storageOf(keeping: Keeping): Storage {
  return keeping === "tab" ? sessionStorage : localStorage;
}
