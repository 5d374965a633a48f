/** The configuration of the rules: the built-in values, modified by a file; checks, hashes and describes it. */
import { createHash } from "node:crypto";
import {
  ruleIds,
  UsageError,
  type RuleId,
  type RuleText,
  type RulesVersion,
} from "../../../pipeline/model/index.js";
import { defaultRules, type RulesConfig } from "./default-rules.js";
import { limitOf, misordered } from "./rule-limits.js";

export interface Rules {
  config: RulesConfig;
  version: RulesVersion;
  /** Notices on keys of an older version that were moved or removed; one line each. */
  notices: readonly string[];
}

export const builtInRules: Rules = withVersion(defaultRules, "built in", []);

/**
 * The built-in rules, modified by the values of a file. The file may only contain names and types of the built-in
 * rules, and thresholds within their limits; other values stay.
 * @param content parsed content of the file
 * @param source name of the file, for messages and the version
 * @throws UsageError that names file and key
 */
export function createRules(content: unknown, source: string): Rules {
  const { value, notices } = migrated(content, source);
  const known: unknown = value === null ? defaultRules : override(defaultRules, value, source, "");
  const config = known as RulesConfig;
  for (const [rule, settings] of Object.entries(config.rules)) {
    const wrongly = misordered(rule, { ...settings });
    if (wrongly !== null)
      throw wrong(source, `rules.${rule}.${wrongly[0]}`, `must not be greater than ${wrongly[1]}`);
    if (!Object.hasOwn(config.contacts, settings.call))
      throw wrong(source, `rules.${rule}.call`, `must be one of ${Object.keys(config.contacts).join(", ")}`);
  }
  return withVersion(config, source, notices);
}

function override(known: unknown, given: unknown, source: string, path: string): unknown {
  if (isRecord(known)) {
    if (!isRecord(given)) throw wrong(source, path, "must be a mapping of keys to values");
    const unknownKey = Object.keys(given).find((name) => !Object.hasOwn(known, name));
    if (unknownKey !== undefined) {
      throw wrong(source, join(path, unknownKey), `is unknown; known keys: ${Object.keys(known).join(", ")}`);
    }
    return Object.fromEntries(
      Object.entries(known).map(([name, value]) => [
        name,
        Object.hasOwn(given, name) ? override(value, given[name], source, join(path, name)) : value,
      ]),
    );
  }
  if (typeof known === "number") return checkNumber(given, source, path);
  if (typeof given !== typeof known) throw wrong(source, path, `must be ${kindOf(known)}`);
  if (typeof given === "string" && given.length > 500)
    throw wrong(source, path, "is longer than 500 characters");
  return given;
}

function checkNumber(given: unknown, source: string, path: string): number {
  const { min, max, integer } = limitOf(path);
  if (typeof given === "number" && given >= min && given <= max && (!integer || Number.isInteger(given)))
    return given;
  throw wrong(source, path, `must be ${integer ? "an integer" : "a number"} from ${min} to ${max}`);
}

function kindOf(value: unknown): string {
  return typeof value === "boolean" ? "true or false" : "a string";
}

function wrong(source: string, path: string, what: string): UsageError {
  return new UsageError(`${source}: ${path === "" ? "it" : path} ${what}`);
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withVersion(config: RulesConfig, source: string, notices: readonly string[]): Rules {
  const hash = createHash("sha256").update(JSON.stringify(config)).digest("hex").slice(0, 12);
  return { config, version: { hash, source }, notices };
}

/** The JSON Schema of a rules file, generated from the built-in rules. */
export function rulesSchema(): Record<string, unknown> {
  const { properties, ...schema } = schemaOf(defaultRules, "");
  return { ...schema, properties: { ...(properties as object), baseline: oldBaseline } };
}

/** The key `baseline` of versions without `origin`. */
const oldBaseline = {
  type: "object",
  deprecated: true,
  properties: { memory_minutes: { type: "number" }, hits_per_cell: { type: "number" } },
  additionalProperties: false,
};

/** Converts the content of an older version's file; returns notices on the changes. */
function migrated(content: unknown, source: string): { value: unknown; notices: string[] } {
  if (!isRecord(content) || !Object.hasOwn(content, "baseline")) return { value: content, notices: [] };
  const { baseline, ...rest } = content;
  const notices: string[] = [];
  const { hits_per_cell: hits, memory_minutes: memory } = isRecord(baseline) ? baseline : {};
  const origin = isRecord(rest["origin"]) ? rest["origin"] : {};
  const isTaken = hits !== undefined && !Object.hasOwn(origin, "hits_per_cell");
  if (hits !== undefined)
    notices.push(
      isTaken
        ? `${source}: baseline.hits_per_cell is now origin.hits_per_cell; its value is used`
        : `${source}: baseline.hits_per_cell is ignored: origin.hits_per_cell replaces it`,
    );
  if (memory !== undefined)
    notices.push(
      `${source}: baseline.memory_minutes no longer has an effect: the data's own past stays fixed once it is collected (origin.windows)`,
    );
  if (notices.length === 0) notices.push(`${source}: baseline is now origin`);
  return { value: { ...rest, ...(isTaken && { origin: { ...origin, hits_per_cell: hits } }) }, notices };
}

function schemaOf(known: unknown, path: string): Record<string, unknown> {
  if (typeof known === "number") {
    const { min, max, integer } = limitOf(path);
    return { type: integer ? "integer" : "number", minimum: min, maximum: max };
  }
  if (!isRecord(known)) return { type: typeof known };
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(known)) properties[name] = schemaOf(value, join(path, name));
  return { type: "object", properties, additionalProperties: false };
}

/** Texts and thresholds of every rule. */
export function ruleTexts({ config }: Rules): RuleText[] {
  return ruleIds.map((id) => {
    const { title, meaning, what_to_do, call, enabled, ...numbers } = config.rules[id] as RuleSettingsOfAny;
    const thresholds = Object.entries(numbers).map(
      ([name, value]) => `${name.replaceAll("_", " ")} ${value}`,
    );
    const text = thresholds.length === 0 ? title : `${title}: ${thresholds.join(", ")}`;
    return { id, title, text, meaning, what_to_do, call: contactOf(config, call), enabled };
  });
}

type RuleSettingsOfAny = {
  title: string;
  meaning: string;
  what_to_do: string;
  call: string;
  enabled: boolean;
} & Record<string, number>;

/** Instruction for a shifter, with the person to call. */
export function instructionOf(config: RulesConfig, rule: RuleId): string {
  const { what_to_do, call } = config.rules[rule];
  return `${what_to_do} If that does not help, call ${contactOf(config, call)}.`;
}

/** The person behind a rule's `call`. */
function contactOf({ contacts }: RulesConfig, call: string): string {
  return (contacts as Record<string, string>)[call] ?? call;
}
