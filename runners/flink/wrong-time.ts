/** Timestamps that are not times in ms since the Unix epoch, as a job interprets them. */
import type { WrongTimes } from "./audit-report.js";

/** Seconds, from March 1973 on; as ms these values would be dates from January 1970 to March 1973. */
const [firstSecond, firstMs] = [1e8, 1e11];
/** As ms, the year 5138. */
const firstMicrosecond = 1e14;

export function wrongTimeOf(timestampMs: number): WrongTimes["kind"] | null {
  if (timestampMs < 0) return "missing";
  if (timestampMs >= firstSecond && timestampMs < firstMs) return "seconds";
  return timestampMs >= firstMicrosecond ? "microseconds" : null;
}
