/** Checks of a single message: the JSON Schema, then the sums. */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { maxMessageBytes, type WindowMessage } from "../../pipeline/model/message.js";
import { muonKeyNames } from "../../pipeline/model/muons.js";
import { checkMessage } from "./check-message.js";

const schemaUrl = new URL("../../pipeline/model/message.schema.json", import.meta.url);
const ajv = new Ajv2020({ allErrors: true, strict: true });
const validate = ajv.compile<WindowMessage>(JSON.parse(readFileSync(schemaUrl, "utf8")));

/** Complaints about a value that should be a message of schema 1; none if it is valid. */
export function validateMessage(message: unknown): string[] {
  if (validate(message)) return checkMessage(message);
  return (validate.errors ?? []).map(({ instancePath, message: text }) => `${instancePath} ${text}`);
}

/** Keys that exist only in some configurations. */
export const optionalKeys: readonly string[] = [
  "messages",
  "run",
  "system_c",
  "config_hash",
  "detector",
  ...muonKeyNames,
];

/** Top-level keys in the required order; unknown keys may be between them. */
export const keyOrder: readonly (keyof WindowMessage)[] = [
  "msg_ID",
  "hit_count",
  "hit_count_chamber",
  "tdc_counts_chamber",
  "active_tdc_chamber",
  "active_tdc_multiplicity_chamber",
  "scint_tdc_counts_chamber",
  "drift_time_chamber",
  "orbit_count",
  "scint_orbit_count",
  "ledger",
  "messages",
  "sources",
  "orbit_first",
  "orbit_last",
  ...muonKeyNames,
  "partial",
  "window",
  "run",
  "schema",
  "revision",
  "system_c",
  "config_hash",
  "detector",
  "emitted_ms",
];

/** Complaints about the text of a message: compact JSON, keys in order, `emitted_ms` last, valid. */
export function validateLine(line: string): string[] {
  const message: unknown = JSON.parse(line);
  const keys = Object.keys(message as object);
  const known = keys.filter((key) => (keyOrder as readonly string[]).includes(key));
  const expected = keyOrder.filter((key) => keys.includes(key) || !optionalKeys.includes(key));
  const found: string[] = [];
  if (JSON.stringify(message) !== line) found.push("not compact JSON as JavaScript writes it");
  if (known.join() !== expected.join()) found.push(`keys are not in order: ${keys.join()}`);
  if (keys.at(-1) !== "emitted_ms") found.push(`the last key is ${keys.at(-1)}, not emitted_ms`);
  if (line.length > maxMessageBytes) found.push(`${line.length} bytes are above ${maxMessageBytes}`);
  return [...found, ...validateMessage(message)];
}
