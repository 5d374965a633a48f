/** A verb of the command line as data: its help, its options and what it does. */
import type { Readable, Writable } from "node:stream";

/** What a verb may use of the process around it. */
export interface CliContext {
  /** Folder that relative paths are relative to. */
  folder: string;
  env: NodeJS.ProcessEnv;
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  /** Aborted by Ctrl-C and by a request to end. */
  signal: AbortSignal;
}

/** Options as they come from the command line, the environment, the configuration file or their defaults. */
export type OptionValues = Record<string, unknown>;

export interface OptionSpec {
  /** As commander writes it: `--rate <rows/s>`. */
  flags: string;
  description: string;
  /** Checks and converts what a user wrote; throws a plain Error that says what is allowed. */
  parse?: (text: string) => unknown;
  choices?: readonly string[];
  default?: unknown;
  /** How the default is shown when its value does not say it. */
  defaultText?: string;
  required?: boolean;
  /** The option can be given more than once. */
  repeatable?: boolean;
}

export interface Verb {
  name: string;
  summary: string;
  /** Paragraphs shown above the options. */
  description: string;
  options: readonly OptionSpec[];
  examples: readonly string[];
  /** @returns the exit code */
  run: (options: OptionValues, context: CliContext) => Promise<number>;
}

/** A whole number in [min, max]. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text.trim()) || value < min || value > max) {
      throw new Error(`must be a whole number from ${min} to ${max}, not "${text}"`);
    }
    return value;
  };
}

/** A number in [min, max]. */
export function realNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= min && value <= max)) {
      throw new Error(`must be a number from ${min} to ${max}, not "${text}"`);
    }
    return value;
  };
}
