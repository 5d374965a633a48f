/** The output of every adapter: Muonitor's six columns as text, in one growing buffer. */
import { runMarker } from "../../pipeline/model/index.js";

/** Maximum length of a row: ten digits in five columns, and a number of at most 25 characters. */
const longestRow = 96;
/** Number of bytes kept of a malformed source row, for display. */
const longestExcerpt = 200;
const [comma, lineFeed, zero, space, question] = [44, 10, 48, 32, 63];

export class RowText {
  private bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 16);
  private length = 0;
  /** Rows and malformed rows since the beginning. */
  rows = 0;
  malformed = 0;
  private run: number | null = null;

  row(head: number, fpga: number, channel: number, orbit: number, bx: number, tdc: number): void {
    this.reserve(longestRow);
    const { bytes } = this;
    let at = digits(bytes, this.length, head);
    bytes[at] = comma;
    at = digits(bytes, at + 1, fpga);
    bytes[at] = comma;
    at = digits(bytes, at + 1, channel);
    bytes[at] = comma;
    at = digits(bytes, at + 1, orbit);
    bytes[at] = comma;
    at = digits(bytes, at + 1, bx);
    bytes[at] = comma;
    at += 1;
    at = tdc >>> 0 === tdc ? digits(bytes, at, tdc) : ascii(bytes, at, String(tdc));
    bytes[at] = lineFeed;
    this.length = at + 1;
    this.rows += 1;
  }

  /** Writes the text of a malformed source row in a form that is never a valid row, so that it is counted as malformed. */
  reject(source: Uint8Array, start: number, end: number): void {
    this.reserve(longestExcerpt + 3);
    const { bytes } = this;
    bytes[this.length] = question;
    bytes[this.length + 1] = space;
    let at = this.length + 2;
    for (let from = start; from < end && from - start < longestExcerpt; from += 1) {
      const byte = source[from] as number;
      bytes[at++] = byte >= space && byte < 127 ? byte : question;
    }
    bytes[at] = lineFeed;
    this.length = at + 1;
    this.malformed += 1;
  }

  /** Sets the run of the following rows. */
  beginRun(run: number): void {
    if (run === this.run) return;
    this.run = run;
    const marker = runMarker(run);
    this.reserve(marker.length);
    this.length = ascii(this.bytes, this.length, marker);
  }

  private reserve(room: number): void {
    if (this.length + room <= this.bytes.length) return;
    const larger = new Uint8Array(this.bytes.length * 2);
    larger.set(this.bytes);
    this.bytes = larger;
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Bytes written since the last call; they belong to the caller. */
  take(): Uint8Array<ArrayBuffer> {
    const text = this.bytes.slice(0, this.length);
    this.length = 0;
    return text;
  }
}

/** Writes a whole number; returns the index after it. */
function digits(bytes: Uint8Array, at: number, value: number): number {
  let end = at + 1;
  for (let limit = 10; value >= limit; limit *= 10) end += 1;
  let rest = value;
  for (let i = end - 1; i >= at; i -= 1) {
    const next = Math.floor(rest / 10);
    bytes[i] = zero + rest - next * 10;
    rest = next;
  }
  return end;
}

function ascii(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i += 1) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}
