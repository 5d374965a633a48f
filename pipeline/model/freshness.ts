/** Ages at which data counts as late or silent: one definition for rules, page, rates and status. */
import type { QualityState } from "./quality.js";
import type { HopStatus } from "./status.js";

/** The limits of the rule `stream-silent`, as the rules file sets them. */
export interface FreshnessLimits {
  /** Age of the last sign of life at which a hop is silent, s; for hops that send one every second. */
  hop_seconds: number;
  /** Age at which the newest window is late, in window lengths. */
  window_lengths_warning: number;
  /** Age of the newest window at which the data has stopped, in window lengths. */
  window_lengths_bad: number;
  /** Added to both ages of windows, s. */
  extra_seconds: number;
}

export const defaultFreshness: FreshnessLimits = {
  hop_seconds: 5,
  window_lengths_warning: 1.5,
  window_lengths_bad: 2,
  extra_seconds: 1,
};

/** A hop is late after this fraction of the time after which it is silent. */
const lateFraction = 0.6;

/** Ages in ms: "good" up to the first, "warning" up to the second, then "bad". */
interface AgeLimits {
  lateMs: number;
  silentMs: number;
}

export function windowAgeLimits(windowMs: number, limits: FreshnessLimits): AgeLimits {
  const extraMs = 1000 * limits.extra_seconds;
  return {
    lateMs: limits.window_lengths_warning * windowMs + extraMs,
    silentMs: limits.window_lengths_bad * windowMs + extraMs,
  };
}

/** Windows arrive once per window length; all other hops send a sign of life every second. */
export function hopAgeLimits({ unit }: HopStatus, windowMs: number, limits: FreshnessLimits): AgeLimits {
  if (unit === "windows") return windowAgeLimits(windowMs, limits);
  const silentMs = 1000 * limits.hop_seconds;
  return { lateMs: lateFraction * silentMs, silentMs };
}

export function stateOfAge(ageMs: number, { lateMs, silentMs }: AgeLimits): QualityState {
  if (ageMs <= lateMs) return "good";
  return ageMs <= silentMs ? "warning" : "bad";
}

/** A rate measured `ageMs` ago: full until the next measurement is late, then falling to 0 when the hop is silent. */
export function decayedRate(rateHz: number, ageMs: number, { lateMs, silentMs }: AgeLimits): number {
  if (ageMs <= lateMs) return rateHz;
  return silentMs <= lateMs ? 0 : rateHz * Math.max(0, (silentMs - ageMs) / (silentMs - lateMs));
}
