/** The state of the connection to the bridge, in one word. */
import { elapsedMs, type Moment } from "./moment.js";

export type Connection = "connecting" | "live" | "reconnecting" | "lost" | "refused";

/** Reason why the bridge refused this page. */
type Refusal = "no token" | "wrong token";

/** A live bridge sends a message every second. */
const silentAfterMs = 4_000;
const lostAfterMs = 15_000;
/** Time for the first answer on a slow connection; until then the page shows "connecting", not "lost". */
const firstAnswerMs = 45_000;

export interface Line {
  connected: boolean;
  /** Null while the bridge accepts the page. */
  refused: Refusal | null;
  /** When the last message of the bridge arrived; null before the first. */
  heard: Moment | null;
  /** When the page was opened. */
  opened: Moment;
}

/** "live" only while messages of the bridge arrive: an open but silent connection is not live. */
export function connectionOf(line: Line, now: Moment): Connection {
  if (line.refused !== null) return "refused";
  const silence = elapsedMs(line.heard ?? line.opened, now);
  if (line.connected && line.heard !== null && silence < silentAfterMs) return "live";
  if (line.heard === null) return silence >= firstAnswerMs ? "lost" : "connecting";
  return silence >= lostAfterMs ? "lost" : "reconnecting";
}
