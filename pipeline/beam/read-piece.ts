/** Reads a piece synchronously in the worker, because a Beam function cannot wait. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError } from "../model/index.js";
import { tailOf, type FileState, type Piece } from "./work-folder.js";

/** @throws InputError when the file is missing or has changed since it was divided into pieces */
export function readPiece({ input, path, offset, length, file }: Piece): Uint8Array {
  const descriptor = wrapFsError(input, () => openSync(path, "r"));
  try {
    if (file !== null) checkUnchanged(input, descriptor, file);
    const bytes = Buffer.allocUnsafe(length);
    for (let read = 0; read < length;) {
      const count = wrapFsError(input, () => readSync(descriptor, bytes, read, length - read, offset + read));
      if (count === 0) throw new InputError(input, "was truncated while it was read");
      read += count;
    }
    if (file !== null && tailOf(bytes) !== file.tail) throw changed(input);
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * A file that has only grown is unchanged up to the end of the piece; its bytes there show whether it was replaced.
 */
function checkUnchanged(input: string, descriptor: number, was: FileState): void {
  const { size, ino, mtimeMs } = fstatSync(descriptor);
  if (size < was.size) throw new InputError(input, "was truncated while it was read");
  if (ino !== was.inode || (size === was.size && mtimeMs !== was.modifiedMs)) throw changed(input);
}

const changed = (input: string): InputError => new InputError(input, "was changed while it was read");

const reasons: Record<string, string> = {
  ENOENT: "vanished while it was read",
  EACCES: "permission denied",
  EIO: "input/output error",
};

function wrapFsError<T>(input: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new InputError(input, reasons[code] ?? message, error);
  }
}
