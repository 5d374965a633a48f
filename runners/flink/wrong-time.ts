/** Time stamps that are no time in ms since the Unix epoch, as a job takes them. */
import type { WrongTimes } from "./audit-report.js";

/** Seconds of 1973 and later; as ms they would lie in the first two years of the epoch or before 1973. */
const [firstSecond, firstMs] = [1e8, 1e11];
/** As ms, the year 5138. */
const firstMicrosecond = 1e14;

export function wrongTimeOf(timestampMs: number): WrongTimes["kind"] | null {
  if (timestampMs < 0) return "missing";
  if (timestampMs >= firstSecond && timestampMs < firstMs) return "seconds";
  return timestampMs >= firstMicrosecond ? "microseconds" : null;
}
