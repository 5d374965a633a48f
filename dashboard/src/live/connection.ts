/** The state of the line to the bridge, in one word. */

export type Connection = "connecting" | "live" | "reconnecting" | "lost";

/** A bridge that lives says something every second. */
export const silentAfterMs = 4_000;
export const lostAfterMs = 15_000;

export interface Line {
  connected: boolean;
  /** Browser clock when the bridge last said something; null when it never did. */
  heardMs: number | null;
  /** Browser clock when the page was opened. */
  openedMs: number;
}

/** "live" only while the bridge is heard: an open line that says nothing is not live. */
export function connectionOf(line: Line, nowMs: number): Connection {
  const silence = nowMs - (line.heardMs ?? line.openedMs);
  if (line.connected && line.heardMs !== null && silence < silentAfterMs) return "live";
  if (silence >= lostAfterMs) return "lost";
  return line.heardMs === null ? "connecting" : "reconnecting";
}
