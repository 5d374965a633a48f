/** How fresh is fresh enough: for the data and for every hop of its way. */
import type { HopStatus, QualityState, SystemStatus } from "../../../pipeline/model/index.js";

const defaultWindowMs = 5_000;
/** Sources give a sign of life every second. */
const signOfLifeMs = 1_000;

/** Light of the data by its age: a new window is due with every window length. */
export function dataLight(ageMs: number | null, windowMs: number = defaultWindowMs): QualityState {
  if (ageMs === null) return "none";
  return lightOfAge(ageMs, dueWindow(windowMs));
}

/** Light of a hop; without news from the bridge nobody knows. */
export function hopLight(hop: HopStatus, status: SystemStatus, heard: boolean): QualityState {
  if (!heard || hop.last_ms === null) return "none";
  const due = hop.unit === "windows" ? dueWindow(status.window_ms) : 3 * signOfLifeMs;
  return lightOfAge(status.now_ms - hop.last_ms, due);
}

/** A window may be as old as its successor is long, and half as much again. */
function dueWindow(windowMs: number): number {
  return 1.5 * windowMs + signOfLifeMs;
}

function lightOfAge(ageMs: number, dueMs: number): QualityState {
  if (ageMs <= dueMs) return "good";
  return ageMs <= 2 * dueMs ? "warning" : "bad";
}
