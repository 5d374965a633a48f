/** File-system errors as one line that names the folder. */
import { MuonitorError } from "../../pipeline/model/index.js";

/** Errors that pass once disk space is freed. */
const noSpace = new Set(["ENOSPC", "EDQUOT"]);

/** @throws MuonitorError that names the path */
export function wrapFsError<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof MuonitorError) throw cause;
    const retriable = noSpace.has((cause as NodeJS.ErrnoException).code ?? "");
    throw new MuonitorError(`${path}: cannot be written: ${(cause as Error).message}`, { cause, retriable });
  }
}
