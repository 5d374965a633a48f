/** Finds the run numbers of the inputs of a bounded run, in words of the read-out and in file names. */
import { basename } from "node:path";
import { runOfMarker } from "../../pipeline/model/index.js";
import { LayoutInputs } from "../../producer/layouts/index.js";
import { openFile } from "./byte-stream.js";
import { inputError, type Input } from "./inputs.js";
import { LayoutStream } from "./layout-stream.js";

const chunkBytes = 1 << 18;
const mark = Buffer.from("HEAD,run,");
const lineFeed = 10;
/** Bytes of the longest marker. */
const longestMarker = 24;

/**
 * Reads the inputs once, from beginning to end.
 * @returns ascending
 * @throws InputError
 */
export async function runsOfInputs(inputs: readonly Input[]): Promise<number[]> {
  const runs = new Set<number>();
  for (const input of inputs) {
    // Files in our own columns have no run number and are never split.
    if (input.layout === undefined) continue;
    try {
      await findIn(input.path, input.layout, runs);
    } catch (error) {
      throw inputError(input.path, error);
    }
  }
  return [...runs].sort((a, b) => a - b);
}

async function findIn(path: string, { layout }: LayoutInputs, runs: Set<number>): Promise<void> {
  const bytes = await openFile(path);
  // A separate adapter, because the rows that it counts here are counted again when they are read.
  const stream = new LayoutStream(bytes, new LayoutInputs(layout).begin(basename(path)));
  const chunk = Buffer.alloc(longestMarker + chunkBytes);
  try {
    let kept = 0;
    let isStart = true;
    for (;;) {
      const count = await stream.read(chunk.subarray(kept, kept + chunkBytes));
      const length = kept + count;
      collect(chunk.subarray(0, length), isStart, count === 0, runs);
      if (count === 0) return;
      // A marker may be cut by the end of the piece.
      isStart = isStart && length <= longestMarker;
      const rest = Math.min(length, longestMarker);
      chunk.copyWithin(0, length - rest, length);
      kept = rest;
    }
  } finally {
    await stream.close();
  }
}

/** @param isStart whether the bytes begin a line @param isEnd whether they are the last bytes */
function collect(bytes: Buffer, isStart: boolean, isEnd: boolean, runs: Set<number>): void {
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    const isLine = at === 0 ? isStart : bytes[at - 1] === lineFeed;
    const end = bytes.indexOf(lineFeed, at);
    if (!isLine || (end < 0 && !isEnd)) continue;
    const run = runOfMarker(bytes, at, end < 0 ? bytes.length : end);
    if (run !== null) runs.add(run);
  }
}
