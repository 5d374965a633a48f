/** What viewers send, checked before anything is done with it: a value, or one line on what is wrong. */
import { maxPracticeRateHz, maxRequestedWindows, noFaults } from "../../pipeline/model/index.js";
import type { Answer, Faults, HandshakeAuth } from "../../pipeline/model/index.js";

/** A list of window numbers. */
export function checkWindowIds(ids: unknown): Answer<number[]> {
  if (!isList(ids)) return refusal("ids must be a list of window numbers");
  if (ids.length > maxRequestedWindows) return refusal(`at most ${maxRequestedWindows} windows at once`);
  const bad = ids.find((id) => !Number.isSafeInteger(id));
  if (bad !== undefined) return refusal("a window number must be an integer");
  return { ok: true, value: ids as number[] };
}

type Check = (value: unknown) => boolean;

const checks: { [Name in keyof Faults]: Check } = {
  dead_fpga: orNull(integerIn(0, 7)),
  dead_layer: orNull(record({ chamber: integerIn(0, 3), layer: integerIn(1, 4) })),
  hot_wire: orNull(
    record({ chamber: integerIn(0, 3), cell: integerIn(0, 63), rate_hz: numberIn(0, 100_000) }),
  ),
  late_data: orNull(record({ fraction: numberIn(0, 1), delay_ms: numberIn(0, 86_400_000) })),
  duplicates: numberIn(0, 1),
  garbage: numberIn(0, 1),
  silence: isBoolean,
  stall: isBoolean,
};

/** A change of faults: known names only, each with a value of its type and range. */
export function checkFaults(change: unknown): Answer<Partial<Faults>> {
  if (!isPlainObject(change)) return refusal("faults must be an object");
  for (const [name, value] of Object.entries(change)) {
    if (!Object.hasOwn(noFaults, name)) return refusal("unknown fault");
    if (!checks[name as keyof Faults](value)) return refusal(`wrong value of the fault ${name}`);
  }
  return { ok: true, value: change };
}

/** Rows/s of the simulator. */
export function checkRate(rateHz: unknown): Answer<number> {
  if (numberIn(1, maxPracticeRateHz)(rateHz)) return { ok: true, value: rateHz as number };
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

function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}

function numberIn(lower: number, upper: number): Check {
  return (value) => typeof value === "number" && value >= lower && value <= upper;
}

function integerIn(lower: number, upper: number): Check {
  return (value) => Number.isInteger(value) && numberIn(lower, upper)(value);
}

function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}

/** An object of exactly these fields. */
function record(fields: Record<string, Check>): Check {
  const names = Object.keys(fields);
  return (value) =>
    isPlainObject(value) &&
    Object.keys(value).length === names.length &&
    names.every((name) => Object.hasOwn(value, name) && fields[name]?.(value[name]) === true);
}
