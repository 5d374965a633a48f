/** The command line: the only file that imports all rooms. */
import { InterruptedError } from "../pipeline/model/index.js";
import type { OptionValues } from "./cli/option.js";
import { createProgram, type LoadVerbs } from "./cli/parse.js";
import { Log } from "./cli/log.js";
import { reportError } from "./cli/report-error.js";
import { isGroup, type CliContext, type Verb, type VerbGroup } from "./cli/verb.js";
import { watchStopSignals } from "./process/index.js";
import { version } from "./version.js";

/** Verbs that are loaded alone: loading all verbs takes longer than processing a small file. */
const alone: Readonly<Record<string, () => Promise<Verb>>> = {
  up: async () => (await import("./cli/up.js")).upVerb,
  process: async () => (await import("./cli/process.js")).processVerb,
};

const allVerbs: LoadVerbs = async () => (await import("./cli/verbs.js")).verbs;

/**
 * Runs one command line in this process.
 * @param args the arguments after the program's name
 * @returns the exit code: 0 success, 2 wrong usage, 3 a verdict listed in --fail-on, 128 + signal number when
 * interrupted, 1 any other error
 */
export async function main(args: readonly string[]): Promise<number> {
  const interruption = new AbortController();
  const done = watchStopSignals({
    onStop: (signal) => interruption.abort(new InterruptedError(signal)),
    log: (line) => new Log(process.stderr).warn(line),
  });
  // A write to a closed pipe reports its own error; without a listener, the event would end the process.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  try {
    return await run(args, {
      folder: process.env["MUONITOR_CALLER_DIR"] ?? process.cwd(),
      env: process.env,
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      signal: interruption.signal,
    });
  } finally {
    done();
  }
}

/** Like {@link main}, with the environment as an argument. */
export async function run(args: readonly string[], environment: Omit<CliContext, "log">): Promise<number> {
  const context: CliContext = { ...environment, log: new Log(environment.stderr) };
  let exitCode = 0;
  const act = async (verb: Verb, options: OptionValues): Promise<void> => {
    exitCode = await verb.run(options, context);
  };
  const [first = ""] = args;
  const own = Object.hasOwn(alone, first) ? alone[first] : undefined;
  const verbs = own === undefined ? await allVerbs() : [await own()];
  const program = createProgram(verbs, version, context, act, allVerbs);
  try {
    if (args.length === 0) {
      program.outputHelp({ error: true });
      return 2;
    }
    await program.parseAsync(spelledOut(args, verbs), { from: "user" });
    return exitCode;
  } catch (error) {
    return reportError(error, context);
  }
}

/**
 * Replaces `help VERB` and `GROUP help` by `--help`, and `version` by `--version`. An unknown verb is left alone: its
 * `--help` would be that of the program, and the mistake would not be noticed.
 */
function spelledOut([first, ...words]: readonly string[], verbs: readonly (Verb | VerbGroup)[]): string[] {
  if (first === undefined) return words;
  if (first === "version" || first === "-v") return ["--version", ...words];
  const [second] = words;
  const named = first === "help" ? second : first;
  const verb = verbs.find(({ name }) => name === named);
  if (named === undefined) return ["--help"];
  if (verb === undefined && !named.startsWith("-")) return [named];
  if (first === "help") return [...words, "--help"];
  if (verb === undefined || !isGroup(verb) || second === undefined) return [first, ...words];
  if (second === "help") return [first, ...words.slice(1), "--help"];
  const isKnown = second.startsWith("-") || verb.verbs.some(({ name }) => name === `${first} ${second}`);
  return isKnown ? [first, ...words] : [first, second];
}
