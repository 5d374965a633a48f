/**
 * Hits as 32-bit words: code (9 bits) | BX (16 bits) | TDC (7 bits). The code is chamber x 64 + cell for a hit, or the
 * scintillator. A row whose BX or TDC_MEAS does not fit keeps both in a table beside the words and the word holds its
 * place there: nothing about a row is an assumption, the usual rows are only cheaper.
 */

/** Code of a row of the scintillator; hits have 0..255. */
export const scintillatorCode = 256;
/** Code of a HEAD = 2 row that is neither a chamber nor the scintillator. */
export const unmappedCode = 257;
const wideCode = 511;

/** Rows that the table beside the words can hold. */
export const maxWideRows = 1 << 23;
const placeMask = maxWideRows - 1;

/** Rows whose numbers do not fit a word, by place. */
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

/** The word of a row; the table grows when the row does not fit. */
export function packWord(code: number, bx: number, tdc: number, wide: WideRows): number {
  const whole = tdc | 0;
  if (bx < 0x10000 && whole === tdc && whole >= 0 && whole < 0x80)
    return ((code << 23) | (bx << 7) | whole) >>> 0;
  return ((wideCode << 23) | wide.push(code, bx, tdc)) >>> 0;
}

export const isWide = (word: number): boolean => word >>> 23 === wideCode;
/** Place of a wide row in its table. */
export const placeOf = (word: number): number => word & placeMask;
export const codeOf = (word: number, wide: WideTable): number =>
  isWide(word) ? wide.code(placeOf(word)) : word >>> 23;
export const bxOf = (word: number, wide: WideTable): number =>
  isWide(word) ? wide.bx(placeOf(word)) : (word >>> 7) & 0xffff;
export const tdcOf = (word: number, wide: WideTable): number =>
  isWide(word) ? wide.tdc(placeOf(word)) : word & 0x7f;

/** The same row as a word of another table. */
export function moveWord(word: number, from: WideTable, to: WideRows): number {
  if (!isWide(word)) return word;
  return packWord(codeOf(word, from), bxOf(word, from), tdcOf(word, from), to);
}
