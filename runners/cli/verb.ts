/** A verb of the command line as data: its help, its options and its function. */
import type { Readable, Writable } from "node:stream";
import type { Log } from "./log.js";
import type { ArgumentSpec, ArgumentValuesOf, OptionSpec, OptionValues, ValuesOf } from "./option.js";

/** The parts of the process that a verb may use. */
export interface CliContext {
  /** Folder that relative paths are relative to. */
  folder: string;
  env: NodeJS.ProcessEnv;
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  /** Log on standard error, besides the result. */
  log: Log;
  /** Aborted by Ctrl-C and by a request to end. */
  signal: AbortSignal;
}

export interface Verb<Values = OptionValues, Options = readonly OptionSpec[]> {
  /** The word, or two words of a verb in a group. */
  name: string;
  /** Additional section of the configuration file that applies: that of the verb for which it is an alias. */
  section?: string;
  summary: string;
  /** Paragraphs shown above the options. */
  description: string;
  arguments?: readonly ArgumentSpec[];
  options: Options;
  examples: readonly string[];
  /**
   * A method and not a property, so that one list can hold verbs with different options. The parser passes each verb
   * the options that it declares.
   * @returns the exit code
   */
  run(options: Values, context: CliContext): Promise<number>;
}

/** Declares a verb; `run` takes the values of its options and arguments with the types that follow from them. */
export function defineVerb<
  const Options extends readonly OptionSpec[],
  const Arguments extends readonly ArgumentSpec[] = readonly [],
>(
  verb: Verb<ValuesOf<Options> & ArgumentValuesOf<Arguments>, Options> & { arguments?: Arguments },
): Verb<ValuesOf<Options> & ArgumentValuesOf<Arguments>, Options> {
  return verb;
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
