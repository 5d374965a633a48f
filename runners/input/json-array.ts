/**
 * A JSON file with a single array, as a stream: each element becomes a line, so that later stages see only whole
 * lines. Elements are split by brackets, quotes and commas; whether an element is a row is decided later.
 */

const [lineFeed, quote, comma] = [10, 34, 44];
const [openBracket, backslash, closeBracket, openBrace, closeBrace] = [91, 92, 93, 123, 125];
/** Replaces a line feed inside a string; both are equally invalid there. */
const control = 1;

const isSpace = (byte: number): boolean => byte === 32 || byte === 9 || byte === lineFeed || byte === 13;

export class JsonArraySplitter {
  /** Number of open brackets, including that of the array. */
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** Whether the current element contains anything but spaces. */
  private hasContent = false;
  private lastByte = 0;
  private elements = 0;
  /** True once the array has ended; the splitter ignores the rest. */
  ended = false;

  /**
   * Writes the elements of bytes[0, end) to `out`, which must hold twice as many bytes.
   * @returns number of bytes used, less than `end` only when the array ended, and number of bytes written
   */
  push(bytes: Uint8Array, end: number, out: Uint8Array): { used: number; written: number } {
    let n = 0;
    let at = 0;
    while (at < end && !this.ended) {
      const byte = bytes[at++] as number;
      if (this.inString) out[n++] = this.stringByte(byte);
      else n = this.structureByte(byte, out, n);
    }
    return { used: at, written: n };
  }

  private stringByte(byte: number): number {
    if (this.escaped) this.escaped = false;
    else if (byte === backslash) this.escaped = true;
    else if (byte === quote) this.inString = false;
    this.lastByte = byte;
    return byte === lineFeed ? control : byte;
  }

  private structureByte(byte: number, out: Uint8Array, n: number): number {
    if (this.depth === 0) {
      if (byte === openBracket) this.depth = 1;
      return n;
    }
    if (this.depth === 1 && byte === comma) return this.endElement(out, n, true);
    if (this.depth === 1 && byte === closeBracket) {
      this.ended = true;
      return this.endElement(out, n, this.elements > 0);
    }
    if (isSpace(byte)) {
      if (this.hasContent) out[n++] = 32;
      return n;
    }
    if (byte === quote) this.inString = true;
    else if (byte === openBrace || byte === openBracket) this.depth += 1;
    else if ((byte === closeBrace || byte === closeBracket) && this.depth > 1) this.depth -= 1;
    this.hasContent = true;
    this.lastByte = byte;
    out[n++] = byte;
    return n;
  }

  /** A missing but required element is written as a comma, which is not a valid row. */
  private endElement(out: Uint8Array, n: number, required: boolean): number {
    this.elements += 1;
    if (!this.hasContent && !required) return n;
    if (!this.hasContent) out[n++] = comma;
    this.hasContent = false;
    out[n++] = lineFeed;
    return n;
  }

  /** At the end of the input: a truncated array counts as one malformed row, after its complete rows. */
  finish(out: Uint8Array): number {
    if (this.ended || this.depth === 0) return 0;
    const wholeElement = this.depth === 1 && !this.inString && this.lastByte === closeBrace;
    let n = 0;
    if (this.hasContent) out[n++] = lineFeed;
    if (!this.hasContent || wholeElement) {
      out[n++] = comma;
      out[n++] = lineFeed;
    }
    return n;
  }
}
