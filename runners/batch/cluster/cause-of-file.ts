/** What speaks against the format of a file that workers read in pieces: its beginning and its end show it. */
import { open } from "node:fs/promises";
import { ContentWatch } from "../../../pipeline/steps/index.js";
import { inputError, type Input } from "../../input/inputs.js";

const blockBytes = 1 << 16;

/** @throws InputError when the file cannot be read */
export async function causeOfFile({ path, format, size }: Input): Promise<string | null> {
  try {
    const file = await open(path, "r");
    try {
      const watch = new ContentWatch(format);
      const block = new Uint8Array(blockBytes);
      const ends = (size ?? 0) > blockBytes ? [0, (size ?? 0) - blockBytes] : [0];
      for (const position of ends) {
        const { bytesRead } = await file.read(block, 0, blockBytes, position);
        watch.take(block.subarray(0, bytesRead));
      }
      return watch.cause();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw inputError(path, error);
  }
}
