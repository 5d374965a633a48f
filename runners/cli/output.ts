/** Where data goes: a file that appears only when it is complete, or standard output. */
import { open, rename, rm, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { finished } from "node:stream/promises";
import type { Writable } from "node:stream";
import { MuonitorError } from "../../pipeline/model/index.js";
import type { CliContext } from "./verb.js";

export interface Output {
  /** Resolves when more can be taken. */
  write(text: string | Uint8Array): Promise<void>;
  /** Completes the output. */
  close(): Promise<void>;
  /** Gives up: nothing incomplete is left behind. */
  discard(): Promise<void>;
}

/** The reader of standard output has gone; there is nobody to tell. */
export class OutputClosed extends Error {}

/** @param path a path relative to the caller's folder, or `-` */
export async function openOutput(path: string, context: CliContext): Promise<Output> {
  if (path === "-") return standardOutput(context.stdout);
  const target = resolve(context.folder, path);
  const existing = await stat(target).catch(() => null);
  if (existing?.isDirectory() === true) throw new MuonitorError(`${path}: is a directory, a file is needed`);
  const isSpecial = existing !== null && !existing.isFile();
  return fileOutput(target, isSpecial ? target : `${target}.part`, path);
}

function standardOutput(stream: Writable): Output {
  return {
    write: (text) => writeTo(stream, text),
    close: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
}

async function fileOutput(target: string, written: string, name: string): Promise<Output> {
  const failed = (error: Error): never => {
    throw new MuonitorError(`${name}: cannot be written: ${error.message}`, { cause: error });
  };
  const stream = (await open(written, "w").catch(failed)).createWriteStream();
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
      if (written !== target) await rename(written, target).catch(failed);
    },
    discard: async () => {
      stream.destroy();
      if (!stream.closed) await new Promise<void>((resolve) => stream.once("close", resolve));
      if (written !== target) await rm(written, { force: true });
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
