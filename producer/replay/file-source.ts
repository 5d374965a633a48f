/** Rows of CSV files. */
import { createReadStream, statSync } from "node:fs";
import { isGzipName, Unpacked, type ByteChunks } from "../../pipeline/steps/index.js";
import type { RowSource } from "../source.js";
import { createStreamSource } from "./stream-source.js";

const chunkBytes = 256 * 1024;

export interface FileSourceOptions {
  /** Files, read one after the other; one whose name ends in `.gz` is unpacked. */
  paths: readonly string[];
  /** Begins again at the end, for ever. Default false. */
  loop?: boolean;
}

/** The files are opened when their turn comes; {@link RowSource.next} rejects with an InputError if that fails. */
export function createFileSource({ paths, loop = false }: FileSourceOptions): RowSource {
  const inputs = paths.map((path) => ({ name: path, open: () => openFile(path) }));
  return createStreamSource({ inputs, loop });
}

/** The bytes of a file, unpacked where its name ends in `.gz`. */
export function openFile(path: string): ByteChunks | Unpacked {
  const open = (start: number): ByteChunks => createReadStream(path, { start, highWaterMark: chunkBytes });
  if (!isGzipName(path)) return open(0);
  return new Unpacked(open, statSync(path, { throwIfNoEntry: false })?.isFile() !== false);
}
