/** Errors of the file system as one line that names the folder. */
import { MuonitorError } from "../../pipeline/model/index.js";

/** @throws MuonitorError that names the path */
export function wrapFsError<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof MuonitorError) throw cause;
    throw new MuonitorError(`${path}: cannot be written: ${(cause as Error).message}`, { cause });
  }
}
