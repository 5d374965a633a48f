/**
 * Messages of the DAQ's own Kafka writer: a word with the run number, then the 128 words of a DMA buffer. The rows of a
 * message depend only on its own bytes: the generation of its words is determined for each message separately.
 */
import type { RowWriter } from "../rows.js";
import type { WordVersion } from "./word-layout.js";
import { WordReader, type WordSink } from "./word-reader.js";
import { versionOfWords } from "./word-votes.js";

const wordBytes = 8;
/** HEAD of the rows that replace dropped words, so that each word is counted. */
const noHead = 7;

/** Decodes messages, one per call. */
export function dmaDecoder(
  forced: WordVersion | null,
): (bytes: Uint8Array, start: number, end: number, writer: RowWriter) => void {
  return (bytes, start, end, writer) => {
    if (start === end) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const last = end - ((end - start) % wordBytes);
    const isMarked = start < last && view.getUint32(start + 4, true) === 0;
    writer.beginRun(isMarked ? view.getUint32(start, true) : null);
    const first = isMarked ? start + wordBytes : start;
    const reader = new WordReader(sinkOf(writer), forced ?? versionOfWords(view, first, last));
    for (let at = first; at < last; at += wordBytes)
      reader.word(view.getUint32(at, true), view.getUint32(at + 4, true));
    if (last < end) writer.reject("length");
  };
}

/** A dropped word counts as `noHead` in the window of the previous word; without a previous word it is malformed. */
function sinkOf(writer: RowWriter): WordSink {
  return {
    row: (head, fpga, channel, orbit, bx, tdc) => writer.row(head, fpga, channel, orbit, bx, tdc),
    drop: (_, orbit) => {
      if (orbit === null) writer.reject("range");
      else writer.row(noHead, 0, 0, orbit, 0, 0);
    },
  };
}
