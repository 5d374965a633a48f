/** Output of a command: a file that appears only when it is complete, or standard output. */
import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { finished } from "node:stream/promises";
import type { Writable } from "node:stream";
import { cannotWrite } from "../process/index.js";
import type { OutputTarget } from "./output-plan.js";
import type { CliContext } from "./verb.js";

/** Maximum number of characters of a file's name in the name of its draft. */
const longestName = 50;

export interface Output {
  /** Resolves when it can accept more data. */
  write(text: string | Uint8Array): Promise<void>;
  /** Completes the output. */
  close(): Promise<void>;
  /** Cancels the output and removes an incomplete file. */
  discard(): Promise<void>;
}

/** The reader of standard output has closed the pipe; no error is shown. */
export class OutputClosed extends Error {}

export async function openOutput(target: OutputTarget, context: CliContext): Promise<Output> {
  if (target.kind === "stdout") return standardOutput(context.stdout);
  if (target.kind === "stderr") return standardOutput(context.stderr);
  return fileOutput(target);
}

function standardOutput(stream: Writable): Output {
  return {
    write: (text) => writeTo(stream, text),
    close: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
}

/** The draft is hidden, so that readers of the folder ignore it. */
function draftOf(file: string): string {
  const random = randomBytes(4).toString("hex");
  return join(dirname(file), `.${basename(file).slice(0, longestName)}.${random}.part`);
}

async function fileOutput({ kind, file, mode, path: name }: OutputTarget): Promise<Output> {
  const failed = (error: Error): never => {
    throw cannotWrite(name, error);
  };
  const isWhole = kind === "whole";
  const written = isWhole ? draftOf(file) : file;
  const handle = await open(written, isWhole ? "wx" : "w").catch(failed);
  // Fails if the file belongs to another user, which does not matter.
  if (isWhole && mode !== null) await handle.chmod(mode & 0o7777).catch(() => undefined);
  const stream = handle.createWriteStream();
  // An error is reported by the next write or by close; without a listener it would end the process.
  stream.on("error", () => undefined);
  const end = async (): Promise<void> => {
    stream.end();
    await finished(stream);
  };
  return {
    write: (text) => writeTo(stream, text).catch(failed),
    close: async () => {
      await end().catch(failed);
      if (isWhole) await rename(written, file).catch(failed);
    },
    discard: async () => {
      stream.destroy();
      if (!stream.closed) await new Promise<void>((resolve) => stream.once("close", resolve));
      if (isWhole) await rm(written, { force: true });
    },
  };
}

function writeTo(stream: Writable, text: string | Uint8Array): Promise<void> {
  return new Promise((accept, reject) => {
    stream.write(text, (error) => {
      if (error === null || error === undefined) accept();
      else reject((error as NodeJS.ErrnoException).code === "EPIPE" ? new OutputClosed() : error);
    });
  });
}
