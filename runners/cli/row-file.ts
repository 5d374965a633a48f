/** A file of rows as the destination of a production. */
import type { RecordSender } from "../../producer/index.js";
import { planOutputs, type OutputTarget } from "./output-plan.js";
import { openOutput, OutputClosed } from "./output.js";
import type { CliContext } from "./verb.js";

export interface RowFile {
  /** Its path as given, or "standard output". */
  name: string;
  /** Writes the rows of each record, without its other parts. */
  sender: RecordSender;
  /** Whether the reader of standard output has closed the pipe. */
  readonly isClosed: boolean;
  /** Completes the file. */
  close(): Promise<void>;
  /** Removes the incomplete file. */
  discard(): Promise<void>;
}

/**
 * @param path relative to the caller's folder, or `-` for standard output
 * @throws UsageError if it is a folder or one of the inputs
 */
export async function rowFileAt(
  path: string,
  inputs: readonly string[],
  context: CliContext,
): Promise<OutputTarget> {
  const [target] = await planOutputs([{ option: "--to-file", path }], inputs, context);
  return target as OutputTarget;
}

export async function openRowFile(target: OutputTarget, context: CliContext): Promise<RowFile> {
  const output = await openOutput(target, context);
  let isClosed = false;
  const write = (rows: Uint8Array): Promise<void> =>
    output.write(rows).catch((error: unknown) => {
      isClosed = error instanceof OutputClosed;
      throw error;
    });
  return {
    name: target.kind === "stdout" ? "standard output" : target.path,
    sender: {
      // The next rows are requested when these are written.
      send: async (records) => {
        for (const { value } of records) if (value.length > 0) await write(value);
      },
      close: () => Promise.resolve(),
    },
    get isClosed() {
      return isClosed;
    },
    close: () => output.close(),
    discard: () => output.discard(),
  };
}
