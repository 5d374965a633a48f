/** Checks by schema: only this file compiles a schema into a function. */
import { createRequire } from "node:module";
import type { ErrorObject, ValidateFunction } from "ajv/dist/2020.js";

/** Loaded at the first check, so that commands without checks start faster. */
const loadAjv = (): typeof import("ajv/dist/2020.js") =>
  createRequire(import.meta.url)("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");

/** One violation of a schema. */
export interface Violation {
  /** Keys from the root to the value. */
  path: string[];
  /** Keyword of the schema that is violated: `required`, `maximum`. */
  keyword: string;
  /** Parameters of the keyword, such as the name of the missing key. */
  params: Record<string, unknown>;
  /** Message of the validator: "must be integer". */
  text: string;
  /** Schema at this path, and the value found there. */
  schema: Record<string, unknown>;
  value: unknown;
}

/** Returns the violations found before the validator stopped at the first invalid place; empty for a valid value. */
type Check = (value: unknown) => Violation[];

const checks = new WeakMap<object, Check>();

/** The check of a schema, compiled on first use. */
export function checkOf(schema: object): Check {
  const known = checks.get(schema);
  if (known !== undefined) return known;
  let fits: ValidateFunction | undefined;
  const check: Check = (value) => {
    fits ??= new (loadAjv().Ajv2020)({ strict: false, verbose: true }).compile(schema);
    return fits(value) ? [] : (fits.errors ?? []).map(violationOf);
  };
  checks.set(schema, check);
  return check;
}

function violationOf(error: ErrorObject): Violation {
  return {
    path: error.instancePath
      .split("/")
      .slice(1)
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~")),
    keyword: error.keyword,
    params: error.params,
    text: error.message ?? "is invalid",
    schema: error.parentSchema ?? {},
    value: error.data,
  };
}
