/** Reads a properties file with settings, as Kafka's own tools accept with --command-config, in Java's format. */
import { readFileSync } from "node:fs";
import { UsageError } from "../../pipeline/model/index.js";

/** @throws UsageError that names file and line but no value, which may be secret */
export function readProperties(path: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const { text, number } of logicalLines(contentOf(path))) {
    const match = /^((?:[^=:\s\\]|\\.)+)\s*[=:]\s*(.*)$/.exec(text);
    if (match === null) throw new UsageError(`${path}:${number}: must be of the form key=value`);
    settings.set(unescaped(match[1] as string), unescaped(match[2] as string));
  }
  return settings;
}

interface LogicalLine {
  text: string;
  /** Its first line, from 1. */
  number: number;
}

/** Lines that are neither empty nor a comment; one that ends with a backslash continues in the next. */
function logicalLines(content: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let open: LogicalLine | null = null;
  for (const [i, line] of content.split(/\r\n|\n|\r/).entries()) {
    const text = line.trim();
    if (open === null && /^([#!]|$)/.test(text)) continue;
    const isCut = /(^|[^\\])(\\\\)*\\$/.test(text);
    const part = isCut ? text.slice(0, -1) : text;
    const whole: LogicalLine = { text: (open?.text ?? "") + part, number: open?.number ?? i + 1 };
    open = isCut ? whole : null;
    if (!isCut) lines.push(whole);
  }
  return open === null ? lines : [...lines, open];
}

const controls: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, code: string | undefined, letter = "") =>
    code === undefined
      ? (controls[letter as string] ?? String(letter))
      : String.fromCharCode(parseInt(code, 16)),
  );
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`${path}: cannot be read: ${(error as Error).message}`);
  }
}
