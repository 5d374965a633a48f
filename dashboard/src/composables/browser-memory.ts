/** What this browser keeps for the next time; private windows may forbid it, then it lasts as long as the page. */

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
    // Nothing is kept then.
  }
}

function storageOf(keeping: Keeping): Storage {
  return keeping === "tab" ? sessionStorage : localStorage;
}
