/** Rows of CSV files, without the input detection of the command line. */
import { createStreamSource, openFile, type RowSource } from "../../producer/index.js";

interface FileSourceOptions {
  /** Files, read one after another; files whose names end in `.gz` are decompressed. */
  paths: readonly string[];
  /** Repeats the files indefinitely. Default false. */
  loop?: boolean;
}

/** Files are opened in turn; {@link RowSource.next} rejects with an InputError if that fails. */
export function createFileSource({ paths, loop = false }: FileSourceOptions): RowSource {
  const inputs = paths.map((path) => ({ name: path, open: () => openFile(path) }));
  return createStreamSource({ inputs, loop });
}
