/** Runs the command line in this process; the test provides streams, environment and folder. */
import { Readable, Writable } from "node:stream";
import { run } from "../../runners/cli.js";
import { Log } from "../../runners/cli/log.js";
import type { CliContext } from "../../runners/cli/verb.js";
import { defaultStateInTests } from "../helpers/default-state.js";

export interface CliOutcome {
  code: number;
  stdout: string;
  stderr: string;
}

interface CliOverrides {
  folder?: string;
  env?: NodeJS.ProcessEnv;
  stdin?: Readable;
  stdout?: Writable;
  stderr?: Writable;
  signal?: AbortSignal;
}

export async function runCli(args: readonly string[], overrides: CliOverrides = {}): Promise<CliOutcome> {
  const stdout = new Collector();
  const stderr = new Collector();
  const code = await run(args, { stdout, stderr, ...usual(overrides) });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

/** The context of a verb, for tests of parts of verbs. */
export function contextOf(overrides: CliOverrides = {}): CliContext {
  const stderr = new Collector();
  return { stdout: new Collector(), stderr, log: new Log(stderr), ...usual(overrides) };
}

function usual({ env, ...overrides }: CliOverrides): Pick<CliContext, "folder" | "env" | "stdin" | "signal"> {
  return {
    folder: process.cwd(),
    stdin: Readable.from([]),
    signal: new AbortController().signal,
    ...overrides,
    env: { MUONITOR_STATE_DIR: defaultStateInTests, ...env },
  };
}

class Collector extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
