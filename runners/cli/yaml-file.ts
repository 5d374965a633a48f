/** Reads a YAML file (or JSON, a subset of YAML), checks its content, and finds the line of each key. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Document, LineCounter } from "yaml";
import { UsageError } from "../../pipeline/model/index.js";
import { checkConfig } from "./config-check.js";
import type { JsonSchema } from "./config-schema.js";

/** Loaded on demand, so that commands without a YAML file start faster. */
const loadYaml = (): typeof import("yaml") => createRequire(import.meta.url)("yaml") as typeof import("yaml");

interface YamlFile {
  /** The content as plain data; null for an empty file. */
  value: unknown;
  /** The line, from 1, of a key. */
  lineOf: (path: readonly string[]) => number;
}

/**
 * @param what kind of file for messages, such as "configuration file"
 * @throws UsageError that names file, line and key
 */
export function readYamlFile(path: string, what: string, schema: JsonSchema): YamlFile {
  const { LineCounter, parseDocument } = loadYaml();
  const lines = new LineCounter();
  const document = parseDocument(readText(path, what), { lineCounter: lines });
  const [error] = document.errors;
  if (error !== undefined)
    throw new UsageError(`${path}: ${(error.message.split("\n")[0] ?? "").replace(/:$/, "")}`);
  const value = plainData(document, path);
  const lineOf = (keys: readonly string[]): number => lineOfKey(document, lines, keys);
  const fault = value === null ? null : checkConfig(value, schema);
  if (fault !== null) {
    const place = fault.path.length === 0 ? path : `${path}:${lineOf(fault.path)}`;
    throw new UsageError(`${place}: ${fault.text}`);
  }
  return { value, lineOf };
}

/** The content of a document; its aliases can be unresolved, or multiply the content beyond a limit of the package. */
function plainData(document: Document, path: string): unknown {
  try {
    return document.toJSON() as unknown;
  } catch (error) {
    if (error instanceof ReferenceError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new UsageError(`${path}: ${missing ? `no such ${what}` : (error as Error).message}`);
  }
}

interface YamlNode {
  range?: [number, number, number] | null;
  items?: (
    YamlNode | { key: { value?: unknown; range?: [number, number, number] }; value: YamlNode | null }
  )[];
}

/** The line of the innermost existing key of a path. */
function lineOfKey(document: Document, lines: LineCounter, path: readonly string[]): number {
  let node = document.contents as YamlNode | null;
  let offset = node?.range?.[0] ?? 0;
  for (const key of path) {
    const found = childOf(node, key);
    if (found === null) break;
    offset = found.offset;
    node = found.node;
  }
  return lines.linePos(offset).line;
}

function childOf(node: YamlNode | null, key: string): { offset: number; node: YamlNode | null } | null {
  for (const [i, item] of (node?.items ?? []).entries()) {
    if ("key" in item) {
      if (String(item.key.value) === key) return { offset: item.key.range?.[0] ?? 0, node: item.value };
    } else if (String(i) === key) return { offset: item.range?.[0] ?? 0, node: item };
  }
  return null;
}
