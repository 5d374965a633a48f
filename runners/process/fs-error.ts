/** File-system errors as one line that names the path. */
import { MuonitorError } from "../../pipeline/model/index.js";

/** Errors that pass once disk space is freed. */
const noSpace = new Set(["ENOSPC", "EDQUOT"]);

const reasons: Record<string, string> = {
  EACCES: "permission denied",
  EDQUOT: "disk quota exceeded",
  EISDIR: "it is a folder",
  ENAMETOOLONG: "name too long",
  ENOENT: "the folder does not exist",
  ENOSPC: "no space left on the disk",
  ENOTDIR: "part of the path is a file, not a folder",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
};

/** The error to throw when a file or folder cannot be written; names the path. */
export function cannotWrite(path: string, cause: unknown): MuonitorError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const retriable = noSpace.has(code);
  return new MuonitorError(`${path}: cannot be written: ${reasons[code] ?? message}`, { cause, retriable });
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
