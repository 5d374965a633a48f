/** A verb of the command line as data: its help, its options and what it does. */
import type { Readable, Writable } from "node:stream";
import type { Log } from "./log.js";

/** What a verb may use of the process around it. */
export interface CliContext {
  /** Folder that relative paths are relative to. */
  folder: string;
  env: NodeJS.ProcessEnv;
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  /** For what is told besides the result, on standard error. */
  log: Log;
  /** Aborted by Ctrl-C and by a request to end. */
  signal: AbortSignal;
}

/** Options as they come from the command line, the environment, the configuration file or their defaults. */
export type OptionValues = Record<string, unknown>;

/** Checks and converts what a user wrote; throws a plain Error that says what is allowed. */
export interface ValueParser {
  (text: string): unknown;
  /** What a configuration file may hold, as JSON Schema; a text without it. */
  schema?: object;
}

export interface OptionSpec {
  /** As commander writes it: `--rate <rows/s>`. */
  flags: string;
  description: string;
  parse?: ValueParser;
  choices?: readonly string[];
  /** Other values that one may expect, each with the reason why not and what to do instead. */
  refused?: Readonly<Record<string, string>>;
  default?: unknown;
  /** How the default is shown when its value does not say it. */
  defaultText?: string;
  required?: boolean;
  /** The option can be given more than once. */
  repeatable?: boolean;
}

/** A word after the verb, given without a name; its value is among the options under this name. */
export interface ArgumentSpec {
  name: string;
  description: string;
  /** What a shell offers for it; other values may do too. */
  offers?: readonly string[];
}

export interface Verb {
  /** The word, or two words of a verb in a group. */
  name: string;
  /** Section of the configuration file that is its own too: that of the verb it stands for. */
  section?: string;
  summary: string;
  /** Paragraphs shown above the options. */
  description: string;
  arguments?: readonly ArgumentSpec[];
  options: readonly OptionSpec[];
  examples: readonly string[];
  /** @returns the exit code */
  run: (options: OptionValues, context: CliContext) => Promise<number>;
}

/** Verbs with a first word in common: `topics list`, `topics peek`. */
export interface VerbGroup {
  name: string;
  summary: string;
  description: string;
  verbs: readonly Verb[];
}

export function isGroup(verb: Verb | VerbGroup): verb is VerbGroup {
  return "verbs" in verb;
}

/** All verbs, those of groups too. */
export function verbsIn(verbs: readonly (Verb | VerbGroup)[]): Verb[] {
  return verbs.flatMap((verb) => (isGroup(verb) ? verb.verbs : [verb]));
}

/** A whole number in [min, max]. */
export function wholeNumber(min: number, max: number): ValueParser & ((text: string) => number) {
  const parse = (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text.trim()) || value < min || value > max) {
      throw new Error(`must be a whole number from ${min} to ${max}, not "${text}"`);
    }
    return value;
  };
  return Object.assign(parse, { schema: { type: "integer", minimum: min, maximum: max } });
}

/** A number in [min, max]. */
export function realNumber(min: number, max: number): ValueParser & ((text: string) => number) {
  const parse = (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= min && value <= max)) {
      throw new Error(`must be a number from ${min} to ${max}, not "${text}"`);
    }
    return value;
  };
  return Object.assign(parse, { schema: { type: "number", minimum: min, maximum: max } });
}
