/** One error tree. A user's mistake is shown as one line; anything else is a bug and shown with its stack. */

export class MuonitorError extends Error {
  /** Exit code of the command line for this error. */
  readonly exitCode: number = 1;
  /** Whether trying again without a change may help. */
  readonly retriable: boolean;

  constructor(message: string, options: { cause?: unknown; retriable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.retriable = options.retriable ?? false;
  }
}

/** The command line or a configuration was wrong; the message suggests what to write instead. */
export class UsageError extends MuonitorError {
  override readonly exitCode = 2;
}

/** An input cannot be opened, or reading it failed. */
export class InputError extends MuonitorError {
  constructor(
    /** Path or name of the input. */
    readonly input: string,
    reason: string,
    cause?: unknown,
  ) {
    super(`${input}: ${reason}`, { cause });
  }
}

/** A message or record does not have the required format. */
export class FormatError extends MuonitorError {}

/** A required service is not running or does not answer. */
export class UnavailableError extends MuonitorError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, { ...options, retriable: true });
  }
}

/** The user or the system asked the command to stop. */
export class InterruptedError extends MuonitorError {
  /** 128 + the signal's number, as a shell reports a process ended by that signal. */
  override readonly exitCode: number;

  /** @param hint a possible next step for the user */
  constructor(signal: "SIGHUP" | "SIGINT" | "SIGTERM" = "SIGINT", hint = "") {
    super(hint === "" ? "interrupted" : `interrupted; ${hint}`);
    this.exitCode = 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal];
  }
}
