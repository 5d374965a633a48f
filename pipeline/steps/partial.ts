/**
 * Partial results: the content of one bundle for one window and orbit shard, as bytes sorted by orbit.
 *
 * A drift time needs the earliest scintillator row of its orbit, and a segment all hits of its orbit. These may
 * arrive later or in another bundle, so a partial result keeps every hit, timing signal and trigger word.
 *
 * Layout: header (varints: version, messages, ledger, sources, read-out, sizes), directory (per orbit: varint
 * distance to the previous orbit; varint 4 x hits + 2 with trigger words + 1 with signals; number of signals; number
 * of trigger-word entries, then the entries, see trigger-words.ts), words (little-endian, 32 bits, in directory
 * order, signals of an orbit before its hits), table of wide rows (see hit-word.ts).
 */
import { bunchCrossingTime } from "../model/index.js";
import { ByteReader, ByteWriter } from "./bytes.js";
import {
  codeOf,
  endOfHitWords,
  hitCodes,
  isTrigger,
  isWide,
  moveWord,
  placeOf,
  scintillatorCode,
  WideRows,
} from "./hit-word.js";
import type { HitColumns } from "./hit-columns.js";
import { readCounts, writeHeader, type PartialHeader } from "./partial-header.js";

/** Whether scintillator row (bx, tdc) precedes row (bx0, tdc0): earlier time; ties by lower BX, then lower TDC. */
export function isEarlier(bx: number, tdc: number, bx0: number, tdc0: number, tdcPerBx?: number): boolean {
  const time = bunchCrossingTime(bx, tdc, tdcPerBx);
  const time0 = bunchCrossingTime(bx0, tdc0, tdcPerBx);
  if (time !== time0) return time < time0;
  return bx !== bx0 ? bx < bx0 : tdc < tdc0;
}

/** Collects orbits in ascending order and returns the bytes of a partial result. Reusable. */
export class PartialWriter {
  private readonly directory = new ByteWriter(1 << 12);
  private words = new Uint32Array(1 << 12);
  private wordCount = 0;
  private wide = new WideRows();
  private previousOrbit = 0;
  orbits = 0;
  hits = 0;
  /** Rows of the timing inputs that give t0. */
  scintillators = 0;

  /** @param firstOtherCode codes of timing inputs that give t0 are below */
  constructor(private readonly firstOtherCode = scintillatorCode + 1) {}

  /** Appends the rows columns[from, to): all rows of one orbit, later than the previous ones. */
  orbit(columns: HitColumns, from: number, to: number): void {
    const { words: source, wide } = columns;
    this.reserve(to - from);
    const { directory } = this;
    let triggers = 0;
    let n = this.wordCount;
    for (let i = from; i < to; i += 1) {
      const word = source[i] as number;
      if (word < endOfHitWords) continue;
      if (isTrigger(word)) {
        triggers += 1;
        continue;
      }
      const code = codeOf(word, wide);
      if (code < hitCodes) continue;
      if (code < this.firstOtherCode) this.scintillators += 1;
      this.words[n++] = moveWord(word, wide, this.wide);
    }
    const signals = n - this.wordCount;
    const hits = to - from - signals - triggers;
    this.appendHits(columns, from, to, n);
    this.wordCount = n + hits;
    this.hits += hits;
    const orbit = columns.orbits[from] as number;
    directory.varint(orbit - this.previousOrbit);
    directory.varint(hits * 4 + (triggers > 0 ? 2 : 0) + (signals > 0 ? 1 : 0));
    if (signals > 0) directory.varint(signals);
    if (triggers > 0) this.appendTriggers(columns, from, to, triggers);
    this.previousOrbit = orbit;
    this.orbits += 1;
  }

  private appendHits({ words: source, wide }: HitColumns, from: number, to: number, n: number): void {
    for (let i = from; i < to; i += 1) {
      const word = source[i] as number;
      if (word < endOfHitWords) this.words[n++] = word;
      else if (isWide(word) && wide.code(placeOf(word)) < hitCodes)
        this.words[n++] = moveWord(word, wide, this.wide);
    }
  }

  private appendTriggers(
    { words: source, triggers }: HitColumns,
    from: number,
    to: number,
    count: number,
  ): void {
    this.directory.varint(count);
    for (let i = from; i < to; i += 1) {
      const word = source[i] as number;
      if (isTrigger(word)) triggers.write(this.directory, placeOf(word));
    }
  }

  private reserve(extra: number): void {
    if (this.wordCount + extra <= this.words.length) return;
    const larger = new Uint32Array(Math.max(this.words.length * 2, this.wordCount + extra));
    larger.set(this.words.subarray(0, this.wordCount));
    this.words = larger;
  }

  /** The bytes of a partial result with this header; empties the writer. */
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

/** Reads only the counts of a partial result's header: messages, ledger and sources. */
export function readPartialHeader(bytes: Uint8Array): Pick<PartialHeader, "messages" | "ledger" | "sources"> {
  return readCounts(new ByteReader(bytes));
}
