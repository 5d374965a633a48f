/**
 * Partial results: what one bundle knows of one window and orbit shard, as bytes sorted by orbit.
 *
 * A drift time needs the earliest scintillator row of its orbit, which may come later or in another bundle, so a
 * partial result keeps every hit; of the scintillator rows of an orbit only the earliest is kept.
 *
 * Layout: header (varints: version, messages, ledger, sources, sizes), directory (per orbit: varint distance to the
 * orbit before, varint 2 x hits + scintillator flag, word of the scintillator row), hits (little-endian 32-bit words in
 * the order of the directory), table of wide rows (see hit-word.ts).
 */
import { bunchCrossingTime } from "../model/index.js";
import { ByteReader, ByteWriter } from "./bytes.js";
import { bxOf, codeOf, moveWord, scintillatorCode, tdcOf, WideRows } from "./hit-word.js";
import type { HitColumns } from "./hit-columns.js";
import { readHeader, writeHeader, type PartialHeader } from "./partial-header.js";

/** Whether row (bx, tdc) of the scintillator comes before row (bx0, tdc0): earlier, ties by lower BX, then lower TDC. */
export function isEarlier(bx: number, tdc: number, bx0: number, tdc0: number): boolean {
  const time = bunchCrossingTime(bx, tdc);
  const time0 = bunchCrossingTime(bx0, tdc0);
  if (time !== time0) return time < time0;
  return bx !== bx0 ? bx < bx0 : tdc < tdc0;
}

/** Collects orbits in ascending order and gives the bytes of a partial result. Reusable. */
export class PartialWriter {
  private readonly directory = new ByteWriter(1 << 12);
  private words = new Uint32Array(1 << 12);
  private wordCount = 0;
  private wide = new WideRows();
  private previousOrbit = 0;
  orbits = 0;
  hits = 0;
  /** Scintillator rows seen, of which the earliest of each orbit are kept. */
  scintillators = 0;

  /** Appends the rows columns[from, to), which are all those of one orbit, later than the orbits before. */
  orbit(columns: HitColumns, from: number, to: number): void {
    const { words: source, wide } = columns;
    this.reserve(to - from);
    let earliest = -1;
    let n = this.wordCount;
    for (let i = from; i < to; i += 1) {
      const word = source[i] as number;
      const code = word >>> 23;
      if (code < scintillatorCode) this.words[n++] = word;
      else if (codeOf(word, wide) === scintillatorCode) earliest = earlierOf(source, wide, earliest, i);
      else this.words[n++] = moveWord(word, wide, this.wide);
    }
    const hits = n - this.wordCount;
    this.wordCount = n;
    this.hits += hits;
    this.scintillators += to - from - hits;
    const scintillator = earliest < 0 ? -1 : moveWord(source[earliest] as number, wide, this.wide);
    this.enter(columns.orbits[from] as number, hits, scintillator);
  }

  private enter(orbit: number, hits: number, scintillator: number): void {
    this.directory.varint(orbit - this.previousOrbit);
    this.directory.varint(hits * 2 + (scintillator < 0 ? 0 : 1));
    if (scintillator >= 0) this.directory.varint(scintillator);
    this.previousOrbit = orbit;
    this.orbits += 1;
  }

  private reserve(extra: number): void {
    if (this.wordCount + extra <= this.words.length) return;
    const larger = new Uint32Array(Math.max(this.words.length * 2, this.wordCount + extra));
    larger.set(this.words.subarray(0, this.wordCount));
    this.words = larger;
  }

  /** The bytes of a partial result with this header; the writer is empty afterwards. */
  finish(header: PartialHeader): Uint8Array {
    const writer = new ByteWriter(this.directory.length + this.wordCount * 4 + 256);
    writeHeader(writer, header);
    for (const size of [this.orbits, this.directory.length, this.wordCount, this.wide.length])
      writer.varint(size);
    writer.raw(this.directory.view());
    writer.raw(new Uint8Array(this.words.buffer, 0, this.wordCount * 4));
    writer.raw(this.wide.bytes());
    this.clear();
    return writer.view();
  }

  private clear(): void {
    this.directory.clear();
    this.wide = new WideRows();
    this.wordCount = this.previousOrbit = this.orbits = this.hits = this.scintillators = 0;
  }
}

function earlierOf(words: Uint32Array, wide: WideRows, a: number, b: number): number {
  if (a < 0) return b;
  const [wordA, wordB] = [words[a] as number, words[b] as number];
  const earlier = isEarlier(bxOf(wordB, wide), tdcOf(wordB, wide), bxOf(wordA, wide), tdcOf(wordA, wide));
  return earlier ? b : a;
}

/** Reads only the header of a partial result. */
export function readPartialHeader(bytes: Uint8Array): PartialHeader {
  return readHeader(new ByteReader(bytes));
}
