/** Checks a configuration file against its JSON Schema; an error names the key. */
import { checkOf, type Violation } from "../../pipeline/steps/check.js";
import type { JsonSchema } from "./config-schema.js";

/** The parts of a schema that error messages describe. */
interface Words {
  type?: string | string[];
  enum?: unknown[];
  minimum?: number;
  maximum?: number;
  anyOf?: JsonSchema[];
  pattern?: string;
  minItems?: number;
  maxItems?: number;
}

interface ConfigFault {
  /** Keys from the top of the file to the value; empty for the whole file. */
  path: string[];
  /** Names the key, if any, and the allowed values. */
  text: string;
}

/** Returns the first fault; null if the value is valid. */
export function checkConfig(value: unknown, schema: JsonSchema): ConfigFault | null {
  // For alternatives, only the last violation lists all of them.
  const last = checkOf(schema)(value).at(-1);
  return last === undefined ? null : faultOf(last);
}

function faultOf({ path, keyword, params, schema, value }: Violation): ConfigFault {
  const known = Object.keys(schema["properties"] ?? {});
  if (keyword === "additionalProperties")
    return unknownKey(path, String(params["additionalProperty"]), known);
  const place = path.length === 0 ? "" : `${path.at(-1) ?? ""}: `;
  if (keyword !== "required")
    return { path, text: `${place}must be ${allowedBy(schema)}, not ${shortened(value)}` };
  const missing = String(params["missingProperty"]);
  const misspelt = Object.keys(value as object).find(
    (key) => !known.includes(key) && nearest(key, known) === missing,
  );
  if (misspelt !== undefined) return unknownKey(path, misspelt, known);
  return { path, text: `${place}must have ${missing}` };
}

function unknownKey(path: readonly string[], key: string, known: readonly string[]): ConfigFault {
  const near = nearest(key, known);
  const hint = near === undefined ? "" : `, did you mean "${near}"?`;
  return { path: [...path, key], text: `unknown key "${key}"${hint}` };
}

const shownCharacters = 60;

/** Lists and objects are not printed: they may contain a secret that was entered in place of a file name. */
function shortened(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "keys and values";
  const text = JSON.stringify(value);
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}

/** Describes the values that a schema allows. */
function allowedBy(schema: JsonSchema): string {
  const { type, enum: choices, minimum, maximum, anyOf, pattern, minItems, maxItems } = schema as Words;
  if (choices !== undefined) return `one of ${choices.join(", ")}`;
  if (anyOf !== undefined) return anyOf.map(allowedBy).join(", or ");
  const range = minimum === undefined ? "" : ` from ${minimum} to ${maximum ?? 0}`;
  if (type === "integer") return `a whole number${range}`;
  if (type === "number") return `a number${range}`;
  if (type === "boolean") return "true or false";
  if (type === "object") return 'keys and values, such as "rate: 1000"';
  if (type === "array") return `a list${lengthOf(minItems, maxItems)}`;
  return pattern === undefined ? "text or a number" : `text of the form ${pattern}`;
}

function lengthOf(fewest?: number, most?: number): string {
  if (fewest === undefined) return "";
  return most === undefined || most === fewest ? ` of ${fewest}` : ` of ${fewest} to ${most}`;
}

/** The most similar name, if it is similar enough. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const ranked = names.map((name) => ({ name, distance: distanceOf(word, name) }));
  ranked.sort((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best !== undefined && best.distance <= Math.max(1, word.length / 3) ? best.name : undefined;
}

/** Number of letters to change, add or remove (Levenshtein distance). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
