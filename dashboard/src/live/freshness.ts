/** Lights for the age of the data and of each hop, by the limits of the bridge's rules. */
import {
  defaultFreshness,
  hopAgeLimits,
  stateOfAge,
  windowAgeLimits,
  type HopStatus,
  type QualityState,
  type SystemStatus,
} from "../../../pipeline/model/index.js";

const defaultWindowMs = 5_000;

/** Light of the data by its age; one new window is due per window length. "none" if the rule is off. */
export function dataLight(ageMs: number | null, status: SystemStatus | null): QualityState {
  const { window_ms: windowMs = defaultWindowMs, freshness = defaultFreshness } = status ?? {};
  if (ageMs === null || freshness === null) return "none";
  return stateOfAge(ageMs, windowAgeLimits(windowMs, freshness));
}

/** Light of a hop; "none" without messages of the bridge. */
export function hopLight(hop: HopStatus, status: SystemStatus, heard: boolean): QualityState {
  const { window_ms: windowMs, freshness = defaultFreshness, now_ms: nowMs } = status;
  if (!heard || hop.last_ms === null || freshness === null) return "none";
  return stateOfAge(nowMs - hop.last_ms, hopAgeLimits(hop, windowMs, freshness));
}
