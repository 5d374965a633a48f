/** A verb of the command line as data: its help, its options and its function. */
import type { Readable, Writable } from "node:stream";
import type { Log } from "./log.js";
import type { ArgumentSpec, ArgumentValuesOf, OptionSpec, OptionValues, ValuesOf } from "./option.js";

/** The parts of the process that a verb may use. */
export interface CliContext {
  /** Base folder of relative paths. */
  folder: string;
  env: NodeJS.ProcessEnv;
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  /** Log on standard error, separate from the result. */
  log: Log;
  /** Aborted by Ctrl-C and by termination signals. */
  signal: AbortSignal;
}

export interface Verb<Values = OptionValues, Options = readonly OptionSpec[]> {
  /** One word, or two words for a verb in a group. */
  name: string;
  /** For an alias: the verb whose section of the configuration file also applies. */
  section?: string;
  summary: string;
  /** Paragraphs shown above the options. */
  description: string;
  arguments?: readonly ArgumentSpec[];
  options: Options;
  examples: readonly string[];
  /**
   * A method rather than a property, so that one list can contain verbs with different options. The parser passes each
   * verb the options that the verb declares.
   * @returns the exit code
   */
  run(options: Values, context: CliContext): Promise<number>;
}

/** Declares a verb; the parameter types of `run` are derived from its options and arguments. */
export function defineVerb<
  const Options extends readonly OptionSpec[],
  const Arguments extends readonly ArgumentSpec[] = readonly [],
>(
  verb: Verb<ValuesOf<Options> & ArgumentValuesOf<Arguments>, Options> & { arguments?: Arguments },
): Verb<ValuesOf<Options> & ArgumentValuesOf<Arguments>, Options> {
  return verb;
}

/** Verbs with a common first word: `topics list`, `topics peek`. */
export interface VerbGroup {
  name: string;
  summary: string;
  description: string;
  verbs: readonly Verb[];
}

export function isGroup(verb: Verb | VerbGroup): verb is VerbGroup {
  return "verbs" in verb;
}

/** All verbs, including those of groups. */
export function verbsIn(verbs: readonly (Verb | VerbGroup)[]): Verb[] {
  return verbs.flatMap((verb) => (isGroup(verb) ? verb.verbs : [verb]));
}
