/** A bridge of another version has another page: load that, but never in a circle. */

const key = "muonitor.reloaded";
const quietMs = 60_000;

export function reloadOnce(): void {
  const last = Number(sessionStorage.getItem(key) ?? 0);
  if (Date.now() - last < quietMs) return;
  sessionStorage.setItem(key, String(Date.now()));
  location.reload();
}
