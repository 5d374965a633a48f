/** The configuration file: YAML (or JSON, which is YAML too) whose keys are the options' names. */
import { readFileSync } from "node:fs";
import { LineCounter, parseDocument, type ParsedNode } from "yaml";
import { UsageError } from "../../pipeline/model/index.js";

export interface ConfigEntry {
  /** Name of the option, as on the command line without its dashes. */
  name: string;
  text: string | string[];
  line: number;
}

/**
 * The entries of a configuration file for one verb: those at its top, overridden by those in the section of the verb's
 * name. Sections of other verbs are skipped.
 * @throws UsageError that names file, line and key
 */
export function readConfigFile(path: string, verb: string, verbs: readonly string[]): ConfigEntry[] {
  const lines = new LineCounter();
  const document = parseDocument(readText(path), { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined)
    throw new UsageError(`${path}: ${(error.message.split("\n")[0] ?? "").replace(/:$/, "")}`);
  if (document.contents === null) return [];
  const top = new Map<string, ConfigEntry>();
  const section = new Map<string, ConfigEntry>();
  readMap(path, document.contents, lines, (name, node, line) => {
    if (!verbs.includes(name)) top.set(name, entryOf(path, name, node, line));
    else if (name === verb) {
      readMap(path, node, lines, (key, value, at) => section.set(key, entryOf(path, key, value, at)));
    }
  });
  return [...new Map([...top, ...section]).values()];
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UsageError(`${path}: ${missing ? "no such configuration file" : (error as Error).message}`);
  }
}

function readMap(
  path: string,
  node: ParsedNode | null,
  lines: LineCounter,
  take: (key: string, value: ParsedNode | null, line: number) => void,
): void {
  const map = node?.toJSON() as unknown;
  if (node === null || !("items" in node) || Array.isArray(map) || typeof map !== "object") {
    throw new UsageError(`${path}: must hold keys and values, such as "rate: 1000"`);
  }
  for (const pair of node.items as { key: ParsedNode; value: ParsedNode | null }[]) {
    const line = lines.linePos(pair.key.range[0]).line;
    take(String(pair.key.toJSON()), pair.value, line);
  }
}

function entryOf(path: string, name: string, node: ParsedNode | null, line: number): ConfigEntry {
  const value = node?.toJSON() as unknown;
  const isPlain = (item: unknown): boolean => ["string", "number", "boolean"].includes(typeof item);
  if (Array.isArray(value) && value.every(isPlain)) return { name, text: value.map(String), line };
  if (isPlain(value)) return { name, text: String(value), line };
  throw new UsageError(`${path}:${line}: ${name}: must be a text, a number, true or false`);
}
