/** The state of the line to the bridge, in one word. */
import { elapsedMs, type Moment } from "./moment.js";

export type Connection = "connecting" | "live" | "reconnecting" | "lost" | "refused";

/** Why the bridge let this page not in. */
type Refusal = "no token" | "wrong token";

/** A bridge that lives says something every second. */
const silentAfterMs = 4_000;
const lostAfterMs = 15_000;
/** The first answer may take longer on a slow line: until then the page is loading, nothing is lost. */
const firstAnswerMs = 45_000;

export interface Line {
  connected: boolean;
  /** Null while it lets the page in. */
  refused: Refusal | null;
  /** When the bridge last said something; null when it never did. */
  heard: Moment | null;
  /** When the page was opened. */
  opened: Moment;
}

/** "live" only while the bridge is heard: an open line that says nothing is not live. */
export function connectionOf(line: Line, now: Moment): Connection {
  if (line.refused !== null) return "refused";
  const silence = elapsedMs(line.heard ?? line.opened, now);
  if (line.connected && line.heard !== null && silence < silentAfterMs) return "live";
  if (line.heard === null) return silence >= firstAnswerMs ? "lost" : "connecting";
  return silence >= lostAfterMs ? "lost" : "reconnecting";
}
