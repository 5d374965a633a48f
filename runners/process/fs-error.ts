/** File-system errors as one line that names the path. */
import { fileErrorReason, MuonitorError } from "../../pipeline/model/index.js";

/** Errors that disappear when disk space is freed. */
const noSpace = new Set(["ENOSPC", "EDQUOT"]);

/** The error to throw when a file or folder cannot be written; names the path. */
export function cannotWrite(path: string, cause: unknown): MuonitorError {
  const { code = "" } = cause as NodeJS.ErrnoException;
  const retriable = noSpace.has(code);
  return new MuonitorError(`${path}: cannot be written: ${fileErrorReason(cause)}`, { cause, retriable });
}

/** @throws MuonitorError that names the path */
export function wrapFsError<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof MuonitorError) throw cause;
    throw cannotWrite(path, cause);
  }
}
