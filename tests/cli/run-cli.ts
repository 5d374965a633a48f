/** The command line in this process, with everything around it made by the test. */
import { Readable, Writable } from "node:stream";
import { run } from "../../runners/cli.js";

export interface CliOutcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface CliSurroundings {
  folder?: string;
  stdin?: Readable;
  stdout?: Writable;
  signal?: AbortSignal;
}

export async function runCli(
  args: readonly string[],
  surroundings: CliSurroundings = {},
): Promise<CliOutcome> {
  const stdout = new Collector();
  const stderr = new Collector();
  const code = await run(args, {
    folder: process.cwd(),
    env: {},
    stdin: Readable.from([]),
    stdout,
    stderr,
    signal: new AbortController().signal,
    ...surroundings,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Collector extends Writable {
  text = "";

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
