/** Rows of CSV files. */
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
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
export function openFile(path: string): Readable {
  const file = createReadStream(path, { highWaterMark: chunkBytes });
  if (!path.endsWith(".gz")) return file;
  return pipeline(file, createGunzip({ chunkSize: chunkBytes }), () => {
    // An error is on the unpacked stream too, where its reader sees it.
  });
}
