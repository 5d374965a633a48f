/**
 * Hits and timing signals as 32-bit words: code (10 bits) | BX (15 bits) | TDC (7 bits). The code is chamber x 64 +
 * cell for a hit, with up to eight chambers, or a timing input. If BX or TDC_MEAS does not fit, both are stored in a side
 * table and the word contains the index there, so no value is lost and common rows stay cheap. Entries of trigger words
 * use an index in the same way.
 */

/** Codes of hits are below this. */
export const hitCodes = 512;
/** Code of a row of the timing input that gives t0; the codes of the other inputs follow. */
export const scintillatorCode = hitCodes;
export const maxTimingInputs = 8;
/** Only used in the channel map; no word has these codes. */
export const unmappedCode = 0xffff;
/** Code of the first internal channel; the others follow. */
export const firstInternalCode = 0x8000;

const [codeShift, bxShift, placeBits] = [22, 7, 26];
const [maxBx, maxTdc] = [0x8000, 0x80];
const placeMask = 2 ** placeBits - 1;
/** Upper six bits of words that hold an index; no code reaches these values. */
const [wideMark, triggerMark] = [63, 62];

/** Rows whose numbers do not fit a word, by index. */
export interface WideTable {
  code(place: number): number;
  bx(place: number): number;
  tdc(place: number): number;
}

/** Bytes of one wide row: code (2), BX (4), TDC_MEAS (8), little-endian. */
export const wideRowBytes = 14;

/** A table in memory that grows. */
export class WideRows implements WideTable {
  length = 0;
  private view = new DataView(new ArrayBuffer(0));

  push(code: number, bx: number, tdc: number): number {
    const at = this.length * wideRowBytes;
    if (at + wideRowBytes > this.view.byteLength) this.grow();
    this.view.setUint16(at, code, true);
    this.view.setUint32(at + 2, bx, true);
    this.view.setFloat64(at + 6, tdc, true);
    this.length += 1;
    return this.length - 1;
  }

  private grow(): void {
    const larger = new Uint8Array(Math.max(64 * wideRowBytes, this.view.byteLength * 2));
    larger.set(this.bytes());
    this.view = new DataView(larger.buffer);
  }

  code(place: number): number {
    return this.view.getUint16(place * wideRowBytes, true);
  }

  bx(place: number): number {
    return this.view.getUint32(place * wideRowBytes + 2, true);
  }

  tdc(place: number): number {
    return this.view.getFloat64(place * wideRowBytes + 6, true);
  }

  /** The table as bytes; valid until the next push. */
  bytes(): Uint8Array {
    return new Uint8Array(this.view.buffer, 0, this.length * wideRowBytes);
  }
}

/** The word of a row; a row that does not fit is appended to the table. */
export function packWord(code: number, bx: number, tdc: number, wide: WideRows): number {
  const whole = tdc | 0;
  if (bx < maxBx && whole === tdc && whole >= 0 && whole < maxTdc)
    return ((code << codeShift) | (bx << bxShift) | whole) >>> 0;
  return ((wideMark << placeBits) | wide.push(code, bx, tdc)) >>> 0;
}

/** The word of a trigger-word entry. */
export const triggerWord = (entry: number): number => ((triggerMark << placeBits) | entry) >>> 0;
export const isTrigger = (word: number): boolean => word >>> placeBits === triggerMark;
/** Words of hits without an index are below this. */
export const endOfHitWords = hitCodes * 2 ** codeShift;
export const isWide = (word: number): boolean => word >>> placeBits === wideMark;
/** Index of a wide row in its table, or of a trigger-word entry in its table. */
export const placeOf = (word: number): number => word & placeMask;
export const codeOf = (word: number, wide: WideTable): number =>
  isWide(word) ? wide.code(placeOf(word)) : word >>> codeShift;
export const bxOf = (word: number, wide: WideTable): number =>
  isWide(word) ? wide.bx(placeOf(word)) : (word >>> bxShift) & (maxBx - 1);
export const tdcOf = (word: number, wide: WideTable): number =>
  isWide(word) ? wide.tdc(placeOf(word)) : word & (maxTdc - 1);

/** Re-encodes a row's word for another table. */
export function moveWord(word: number, from: WideTable, to: WideRows): number {
  if (!isWide(word)) return word;
  return packWord(codeOf(word, from), bxOf(word, from), tdcOf(word, from), to);
}
