/** Prints the error of a command and determines its exit code. */
import { CommanderError } from "commander";
import { InterruptedError, MuonitorError } from "../../pipeline/model/index.js";
import { OutputClosed } from "./output.js";
import type { CliContext } from "./verb.js";

/** Prints one line for wrong usage and external failures, a full stack trace for a bug. @returns the exit code */
export function reportError(error: unknown, { log, stderr, signal }: CliContext): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  // A reader such as head has closed the pipe on purpose.
  if (error instanceof OutputClosed) return 0;
  if (signal.aborted && isConsequence(error)) return reportInterruption(error, signal, log);
  const failure = error instanceof MuonitorError ? error : systemFailure(error);
  if (failure !== null) {
    log.error(failure.message);
    return failure.exitCode;
  }
  stderr.write(
    `muonitor: this is a bug, please report it\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return 1;
}

/** Whether an error can result from the interruption, which aborts calls and closes connections. */
function isConsequence(error: unknown): boolean {
  return !(error instanceof MuonitorError) || error.retriable || error instanceof InterruptedError;
}

function reportInterruption(error: unknown, signal: AbortSignal, log: CliContext["log"]): number {
  const { reason } = signal as { reason: unknown };
  const interruption = reason instanceof InterruptedError ? reason : new InterruptedError();
  log.error(error instanceof InterruptedError ? error.message : interruption.message);
  if (error instanceof Error && !(error instanceof MuonitorError)) log.debug(error.message);
  return interruption.exitCode;
}

/** Node's error codes for disks, networks and permissions, which do not indicate a bug. */
const worldly =
  /^(E(ACCES|ADDRINUSE|ADDRNOTAVAIL|AI_AGAIN|CONNABORTED|CONNREFUSED|CONNRESET|DQUOT|EXIST|HOSTUNREACH|IO|ISDIR|LOOP|MFILE|NAMETOOLONG|NETUNREACH|NFILE|NOENT|NOSPC|NOTDIR|NOTEMPTY|NOTFOUND|PERM|PIPE|ROFS|TIMEDOUT|TXTBSY))$/;

const deepestCause = 6;

/** Wraps an unhandled failure of disk, network, Kafka or gRPC; null for a bug. */
function systemFailure(error: unknown): MuonitorError | null {
  if (!(error instanceof Error)) return null;
  let at: unknown = error;
  for (let depth = 0; depth < deepestCause && at instanceof Error; depth += 1, at = at.cause) {
    if (isWorldly(at)) return new MuonitorError(error.message, { cause: error });
  }
  return null;
}

function isWorldly(error: Error): boolean {
  const { code, details, name } = error as Error & { code?: unknown; details?: unknown };
  if (name.startsWith("KafkaJS")) return true;
  if (typeof code === "string") return worldly.test(code);
  return typeof code === "number" && typeof details === "string";
}
