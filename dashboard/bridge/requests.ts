/** What viewers send, checked before anything is done with it: a value, or one line on what is wrong. */
import {
  checkFaultChange,
  maxPracticeRateHz,
  maxRequestedWindows,
  UsageError,
} from "../../pipeline/model/index.js";
import type { Answer, DetectorConfig, Faults, HandshakeAuth } from "../../pipeline/model/index.js";

/** A list of window numbers. */
export function checkWindowIds(ids: unknown): Answer<number[]> {
  if (!isList(ids)) return refusal("ids must be a list of window numbers");
  if (ids.length > maxRequestedWindows) return refusal(`at most ${maxRequestedWindows} windows at once`);
  const bad = ids.find((id) => !Number.isSafeInteger(id));
  if (bad !== undefined) return refusal("a window number must be an integer");
  return { ok: true, value: ids as number[] };
}

/** A change of faults, checked as the simulator checks it. */
export function checkFaults(change: unknown, detector: DetectorConfig): Answer<Partial<Faults>> {
  try {
    return { ok: true, value: checkFaultChange(change, detector) };
  } catch (error) {
    if (error instanceof UsageError) return refusal(error.message);
    throw error;
  }
}

/** Rows/s of the simulator. */
export function checkRate(rateHz: unknown): Answer<number> {
  if (typeof rateHz === "number" && rateHz >= 1 && rateHz <= maxPracticeRateHz)
    return { ok: true, value: rateHz };
  return refusal(`the rate must be 1 to ${maxPracticeRateHz} rows/s`);
}

/** Where a viewer wants to go on; null when it begins anew or says nothing sensible. */
export function checkHandshake(auth: unknown): Required<Omit<HandshakeAuth, "token">> | null {
  if (!isPlainObject(auth)) return null;
  const { protocol, epoch, cursor } = auth;
  if (typeof protocol !== "number" || typeof epoch !== "string" || !Number.isSafeInteger(cursor)) return null;
  return { protocol, epoch, cursor: cursor as number };
}

export function refusal(error: string): { ok: false; error: string } {
  return { ok: false, error };
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
