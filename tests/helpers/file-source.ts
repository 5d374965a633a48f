/** Rows of CSV files, without what the command line finds out about them. */
import { createStreamSource, openFile, type RowSource } from "../../producer/index.js";

interface FileSourceOptions {
  /** Files, read one after the other; one whose name ends in `.gz` is unpacked. */
  paths: readonly string[];
  /** Starts again at the end, for ever. Default false. */
  loop?: boolean;
}

/** The files are opened when their turn comes; {@link RowSource.next} rejects with an InputError if that fails. */
export function createFileSource({ paths, loop = false }: FileSourceOptions): RowSource {
  const inputs = paths.map((path) => ({ name: path, open: () => openFile(path) }));
  return createStreamSource({ inputs, loop });
}
