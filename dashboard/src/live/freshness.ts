/** How fresh the data and every hop of its path are, by the limits of the bridge's rules. */
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

/** Light of the data by its age: a new window is due with every window length. "none" where the rule is off. */
export function dataLight(ageMs: number | null, status: SystemStatus | null): QualityState {
  const { window_ms: windowMs = defaultWindowMs, freshness = defaultFreshness } = status ?? {};
  if (ageMs === null || freshness === null) return "none";
  return stateOfAge(ageMs, windowAgeLimits(windowMs, freshness));
}

/** Light of a hop; unknown without news from the bridge. */
export function hopLight(hop: HopStatus, status: SystemStatus, heard: boolean): QualityState {
  const { window_ms: windowMs, freshness = defaultFreshness, now_ms: nowMs } = status;
  if (!heard || hop.last_ms === null || freshness === null) return "none";
  return stateOfAge(nowMs - hop.last_ms, hopAgeLimits(hop, windowMs, freshness));
}
