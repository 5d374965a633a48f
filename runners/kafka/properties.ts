/** Reads settings from a properties file, as Kafka's own tools take by --command-config. */
import { readFileSync } from "node:fs";
import { UsageError } from "../../pipeline/model/index.js";

/** @throws UsageError that names file and line, but never a value: it may be a secret */
export function readProperties(path: string): Map<string, string> {
  const settings = new Map<string, string>();
  linesOf(path).forEach((line, i) => {
    const text = line.trim();
    if (text === "" || text.startsWith("#") || text.startsWith("!")) return;
    const match = /^([^=:\s]+)\s*[=:]\s*(.*)$/.exec(text);
    if (match === null) throw new UsageError(`${path}:${i + 1}: must be of the form key=value`);
    settings.set(match[1] as string, match[2] as string);
  });
  return settings;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch (error) {
    throw new UsageError(`${path}: cannot be read: ${(error as Error).message}`);
  }
}
