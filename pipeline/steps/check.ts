/** Checks by schema: the one place that compiles a schema into a function. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";

/** What is wrong with one value. */
export interface Complaint {
  /** Keys from the top to the value. */
  path: string[];
  /** Keyword of the schema that is violated: `required`, `maximum`. */
  keyword: string;
  /** What that keyword says, such as the name of the missing key. */
  params: Record<string, unknown>;
  /** In the words of the checker: "must be integer". */
  text: string;
  /** Schema of the place, and the value there. */
  schema: Record<string, unknown>;
  value: unknown;
}

/** Gives all that the checker found before it stopped at the first wrong place; nothing for a value that fits. */
type Check = (value: unknown) => Complaint[];

const checks = new WeakMap<object, Check>();

/** The check of a schema, which is compiled when it is asked for the first time. */
export function checkOf(schema: object): Check {
  const known = checks.get(schema);
  if (known !== undefined) return known;
  let fits: ValidateFunction | undefined;
  const check: Check = (value) => {
    fits ??= new Ajv2020({ strict: false, verbose: true }).compile(schema);
    return fits(value) ? [] : (fits.errors ?? []).map(complaintOf);
  };
  checks.set(schema, check);
  return check;
}

function complaintOf(error: ErrorObject): Complaint {
  return {
    path: error.instancePath
      .split("/")
      .slice(1)
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~")),
    keyword: error.keyword,
    params: error.params,
    text: error.message ?? "is wrong",
    schema: error.parentSchema ?? {},
    value: error.data,
  };
}
