/** Reads a file that grows: at its current end, the reader waits for more bytes. */
import { open, stat, type FileHandle } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { InputBytes } from "./stream-source.js";

const chunkBytes = 256 * 1024;
const lookMs = 200;

/**
 * The bytes of a file from the beginning, then the appended bytes. The stream ends only if the file is truncated or
 * replaced; open it again to read the new content.
 * @param warn receives the reason for the end
 */
export function followFile(path: string, warn: (line: string) => void): InputBytes {
  const closed = new AbortController();
  const chunks = chunksOf(path, closed.signal, warn);
  return {
    [Symbol.asyncIterator]: () => chunks,
    destroy: () => {
      closed.abort();
      // Between two chunks nothing observes the signal, and the file would stay open.
      chunks.return(undefined).catch(() => undefined);
    },
  };
}

async function* chunksOf(
  path: string,
  signal: AbortSignal,
  warn: (line: string) => void,
): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    for (let at = 0; !signal.aborted;) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, at);
      at += bytesRead;
      if (bytesRead > 0) {
        yield buffer.subarray(0, bytesRead);
        continue;
      }
      const change = await changeOf(path, file, at);
      if (change !== null) return warn(`${path}: ${change}; reading it from the beginning`);
      await pause(lookMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await file.close();
  }
}

/** Why the new content is not a continuation of the file; null if it may be one. */
async function changeOf(path: string, file: FileHandle, at: number): Promise<string | null> {
  const own = await file.stat();
  if (own.size < at) return `was truncated from ${at} to ${own.size} bytes`;
  // A file that was moved away may return under its name.
  const named = await stat(path).catch(() => null);
  return named === null || named.ino === own.ino ? null : "was replaced by another file";
}
