/** The command line: the one place where all parts come together. */
import { InterruptedError } from "../pipeline/model/index.js";
import { beatVerb, dismissVerb, haltVerb, runVerb } from "./cli/aliases.js";
import { auditVerb } from "./cli/audit.js";
import { bridgeVerb } from "./cli/bridge.js";
import { cancelVerb } from "./cli/cancel.js";
import { completionVerb } from "./cli/completion.js";
import { configGroup } from "./cli/config.js";
import { createProgram } from "./cli/parse.js";
import { detectorGroup } from "./cli/detector.js";
import { doctorVerb } from "./cli/doctor.js";
import { downVerb } from "./cli/down.js";
import { fetchVerb } from "./cli/fetch.js";
import { initVerb } from "./cli/init.js";
import { compareVerb, judgeVerb } from "./cli/judge.js";
import { jobsVerb } from "./cli/jobs.js";
import { Log } from "./cli/log.js";
import { reportError } from "./cli/report-error.js";
import { processVerb } from "./cli/process.js";
import { produceVerb } from "./cli/produce.js";
import { referencesGroup } from "./cli/references-verbs.js";
import { resultsVerb } from "./cli/results.js";
import { savepointVerb } from "./cli/savepoint.js";
import { serveVerb } from "./cli/serve.js";
import { statusVerb } from "./cli/status.js";
import { submitVerb } from "./cli/submit.js";
import { topicsGroup } from "./cli/topics.js";
import { upVerb } from "./cli/up.js";
import { isGroup, type CliContext, type Verb, type VerbGroup } from "./cli/verb.js";
import { workerVerb } from "./cli/worker.js";
import { watchStopSignals } from "./process/index.js";
import { version } from "./version.js";

export const verbs: readonly (Verb | VerbGroup)[] = [
  upVerb,
  downVerb,
  statusVerb,
  bridgeVerb,
  produceVerb,
  fetchVerb,
  processVerb,
  judgeVerb,
  compareVerb,
  referencesGroup,
  submitVerb,
  jobsVerb,
  savepointVerb,
  cancelVerb,
  auditVerb,
  workerVerb,
  serveVerb,
  resultsVerb,
  topicsGroup,
  initVerb,
  runVerb,
  beatVerb,
  haltVerb,
  dismissVerb,
  detectorGroup,
  configGroup(() => verbs),
  completionVerb(() => verbs),
  doctorVerb,
];

/**
 * Runs one command line in this process.
 * @param args the arguments after the program's name
 * @returns the exit code: 0 success, 2 wrong usage, 3 a verdict that --fail-on names, 128 + the signal's number when it was
 * interrupted, 1 anything else
 */
export async function main(args: readonly string[]): Promise<number> {
  const interruption = new AbortController();
  const done = watchStopSignals({
    onStop: (signal) => interruption.abort(new InterruptedError(signal)),
    log: (line) => new Log(process.stderr).warn(line),
  });
  // Who writes to a reader that has gone learns it from the write; unheard, the event would end the process.
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

/** As {@link main}, with everything around it given. */
export async function run(args: readonly string[], around: Omit<CliContext, "log">): Promise<number> {
  const context: CliContext = { ...around, log: new Log(around.stderr) };
  let exitCode = 0;
  const program = createProgram(verbs, version, context, async (verb, options) => {
    exitCode = await verb.run(options, context);
  });
  try {
    if (args.length === 0) {
      program.outputHelp({ error: true });
      return 2;
    }
    await program.parseAsync(spelledOut(args), { from: "user" });
    return exitCode;
  } catch (error) {
    return reportError(error, context);
  }
}

/** `help VERB` and `GROUP help` are `--help`, `version` is `--version`; the usual error names the verbs that exist. */
function spelledOut([first, ...words]: readonly string[]): string[] {
  if (first === "version" || first === "-v") return ["--version", ...words];
  if (first !== undefined && words[0] === "help" && isGroupName(first))
    return [first, ...words.slice(1), "--help"];
  if (first !== "help") return first === undefined ? words : [first, ...words];
  const [verb] = words;
  const isKnown = verb === undefined || verbs.some(({ name }) => name === verb);
  return isKnown ? [...words, "--help"] : [verb];
}

function isGroupName(word: string): boolean {
  return verbs.some((verb) => isGroup(verb) && verb.name === word);
}
