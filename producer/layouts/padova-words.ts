/**
 * Padova's 64-bit words in files: blocks of 128 words, or of 129 with the run number first. The block length and the
 * generation of the words are detected from the first part of the input, which is kept until then.
 */
import { versionOfWords, WordReader, type WordVersion } from "../../pipeline/steps/index.js";
import type { Layout, LayoutReader, OtherContent } from "./layout.js";
import type { RowText } from "./row-text.js";

const wordBytes = 8;
const plainBlock = 128;
const markedBlock = plainBlock + 1;
/** Number of bytes inspected before the first row: 64 blocks. */
const headBytes = 64 * markedBlock * wordBytes;

/** State that continues from one input to the next. */
export interface WordInputs {
  /** Run of the newest input that has one; undefined before the first input. */
  run: number | null | undefined;
}

export class PadovaWords implements LayoutReader {
  /** Bytes not yet converted: the first part of the input, or the beginning of a word. */
  private kept = new Uint8Array(0);
  private reader: WordReader | null = null;
  private isMarked: boolean;
  /** Number of words left in this block; 0 if the next word starts a block. */
  private left = 0;
  /** Whether a block did not start with a run number; the next block then starts at the next run number. */
  private isLost = false;
  private toSkip = 0;
  private text!: RowText;

  constructor(
    private readonly layout: Layout,
    private readonly otherContent: OtherContent,
    private readonly inputs: WordInputs,
  ) {
    this.isMarked = layout.family === "padova-dma";
    if (inputs.run === undefined) this.toSkip = layout.skipBlocks;
  }

  push(bytes: Uint8Array, text: RowText): void {
    this.text = text;
    this.kept = joined(this.kept, bytes);
    if (this.reader === null && this.kept.length < headBytes) return;
    this.readKept();
  }

  finish(text: RowText): void {
    this.text = text;
    this.readKept();
    if (this.kept.length > 0) {
      text.reject(this.kept, 0, this.kept.length);
      this.otherContent.count("bytes after the last whole word", this.kept.length);
    }
    this.kept = new Uint8Array(0);
  }

  abandon(): void {
    if (this.reader === null) this.readKept();
    this.kept = new Uint8Array(0);
    this.left = 0;
  }

  private readKept(): void {
    const { kept } = this;
    const view = new DataView(kept.buffer, kept.byteOffset, kept.byteLength);
    const end = kept.length - (kept.length % wordBytes);
    const reader = (this.reader ??= this.begin(view, end));
    for (let at = 0; at < end; at += wordBytes)
      this.word(reader, view.getUint32(at, true), view.getUint32(at + 4, true));
    this.kept = kept.slice(end);
  }

  private begin(view: DataView, end: number): WordReader {
    this.isMarked ||= hasMarks(view, end);
    if (!this.isMarked) this.inputs.run = null;
    const found: WordVersion | null = this.layout.version ?? versionOfWords(view, 0, end);
    return new WordReader(
      {
        row: (head, fpga, channel, orbit, bx, tdc) => this.text.row(head, fpga, channel, orbit, bx, tdc),
        drop: (kind) => this.otherContent.count(kind),
      },
      found,
    );
  }

  private word(reader: WordReader, low: number, high: number): void {
    const isDue = this.left === 0 && !this.isLost;
    if (this.isMarked && high === 0 && (isDue || isRunInside(low))) {
      if (!isDue && !this.isLost) this.otherContent.count("truncated blocks");
      return this.beginBlock(low);
    }
    if (isDue && this.isMarked) this.otherContent.count("blocks without a run number");
    if (isDue && this.isMarked) this.isLost = true;
    else if (isDue) this.beginPlainBlock();
    if (this.isLost) return reader.word(low, high);
    this.left -= 1;
    if (this.toSkip === 0) reader.word(low, high);
    else if (this.left === 0) this.toSkip -= 1;
  }

  private beginBlock(run: number): void {
    if (run !== this.inputs.run) this.toSkip = this.layout.skipBlocks;
    this.inputs.run = run;
    this.isLost = false;
    this.text.beginRun(run);
    this.beginPlainBlock();
  }

  private beginPlainBlock(): void {
    this.left = plainBlock;
    if (this.toSkip > 0) this.otherContent.count("blocks skipped");
  }
}

/** Whether a word within a block is a run number: no other word is that small, except a t0 of orbit 0. */
const isRunInside = (low: number): boolean => low > 0 && low < 0x1000000;

/** Whether the first blocks of 129 words all have a first word below 2^32; zeros do not count. */
function hasMarks(view: DataView, end: number): boolean {
  const isSmall = (word: number): boolean => view.getUint32(word * wordBytes + 4, true) === 0;
  if (end === 0 || !isSmall(0) || (end > wordBytes && isSmall(1))) return false;
  return end <= markedBlock * wordBytes || isSmall(markedBlock);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
