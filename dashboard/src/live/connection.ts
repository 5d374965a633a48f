/** The state of the line to the bridge, in one word. */
import { elapsedMs, type Moment } from "./moment.js";

export type Connection = "connecting" | "live" | "reconnecting" | "lost";

/** A bridge that lives says something every second. */
export const silentAfterMs = 4_000;
export const lostAfterMs = 15_000;

export interface Line {
  connected: boolean;
  /** When the bridge last said something; null when it never did. */
  heard: Moment | null;
  /** When the page was opened. */
  opened: Moment;
}

/** "live" only while the bridge is heard: an open line that says nothing is not live. */
export function connectionOf(line: Line, now: Moment): Connection {
  const silence = elapsedMs(line.heard ?? line.opened, now);
  if (line.connected && line.heard !== null && silence < silentAfterMs) return "live";
  if (silence >= lostAfterMs) return "lost";
  return line.heard === null ? "connecting" : "reconnecting";
}
