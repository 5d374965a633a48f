/** Checks the requests of viewers and programs: returns the value, or one line with the error. */
import { checkFaultChange, UsageError } from "../../pipeline/model/index.js";
import type { Answer, DetectorConfig, Faults, HandshakeAuth } from "../../pipeline/model/index.js";
import type { Static, TSchema } from "../../pipeline/model/schema/type.js";
import { checkOf, type Violation } from "../../pipeline/steps/check.js";

/** The answer to a refused request: one line with the reason. */
export class Refused extends Error {}

export function refuse(reason: string): never {
  throw new Refused(reason);
}

type Schema = Readonly<Record<string, unknown>>;

/**
 * A checked request; its texts have no control characters and no leading or trailing spaces.
 * @throws Refused with one line that names the field and its allowed values
 */
export function readRequest<T extends TSchema>(schema: T, value: unknown): Static<T> {
  const clean = cleaned(value, schema as Schema);
  const [first] = checkOf(schema)(clean);
  if (first !== undefined) refuse(violationText(first, schema as Schema));
  return clean as Static<T>;
}

/** The checked request as an answer. */
export function checkRequest<T extends TSchema>(schema: T, value: unknown): Answer<Static<T>> {
  try {
    return { ok: true, value: readRequest(schema, value) };
  } catch (error) {
    if (error instanceof Refused) return refusal(error.message);
    throw error;
  }
}

/** A copy with the texts as they will be stored; line breaks and tabs stay. */
function cleaned(value: unknown, { type, enum: choices, properties = {} }: Schema): unknown {
  if (typeof value === "string" && type === "string" && choices === undefined) {
    // eslint-disable-next-line no-control-regex -- these are removed
    return value.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, "").trim();
  }
  if (!isPlainObject(value)) return value;
  const known = properties as Record<string, Schema>;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, cleaned(inner, known[name] ?? {})]),
  );
}

function violationText({ path, keyword, params, schema }: Violation, whole: Schema): string {
  const missing = keyword === "required" ? String(params["missingProperty"]) : undefined;
  const wanted = missing === undefined ? schema : (schema["properties"] as Record<string, Schema>)[missing];
  const name = missing ?? (schema["title"] as string | undefined) ?? path.at(-1);
  if (name === undefined && whole["type"] === "object") return "the request must be an object";
  return `${name ?? "the value"} must ${demandOf(wanted ?? {}, keyword)}`;
}

/** Keywords of a schema that errors describe. */
interface Demand {
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  maxItems?: number;
}

/** The requirement of a schema, in words. */
function demandOf(schema: Schema, keyword: string): string {
  const { type, enum: choices, minLength = 0, maxLength, maxItems, minimum, maximum } = schema as Demand;
  if (choices !== undefined) return `be ${choices.join(" or ")}`;
  if (type === "string" && keyword.endsWith("Length"))
    return `have ${minLength} to ${maxLength ?? "any number of"} characters`;
  if (type === "string") return "be a string";
  if (type === "array")
    return maxItems === undefined ? "be a list" : `be a list of at most ${maxItems} entries`;
  const range = minimum === undefined || maximum === undefined ? "" : ` ${minimum} to ${maximum}`;
  return `be ${type === "integer" ? "an integer" : "a number"}${range}`;
}

/** Checks a change of faults in the same way as the simulator. */
export function checkFaults(change: unknown, detector: DetectorConfig): Answer<Partial<Faults>> {
  try {
    return { ok: true, value: checkFaultChange(change, detector) };
  } catch (error) {
    if (error instanceof UsageError) return refusal(error.message);
    throw error;
  }
}

/** The cursor from which a viewer wants to resume; null if it starts from scratch or the cursor is invalid. */
export function checkHandshake(auth: unknown): Required<Omit<HandshakeAuth, "token">> | null {
  if (!isPlainObject(auth)) return null;
  const { protocol, epoch, cursor } = auth;
  if (typeof protocol !== "number" || typeof epoch !== "string" || !Number.isSafeInteger(cursor)) return null;
  return { protocol, epoch, cursor: cursor as number };
}

export function refusal(error: string): { ok: false; error: string } {
  return { ok: false, error };
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
