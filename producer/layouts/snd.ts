/**
 * Hits of SND@LHC (2025): JSON objects with `st ly wi bctr tdc` and `arrival` {`OC`, `BX`}, one per line or in the array
 * `hits` of a record. OC has 19 bits (46.6 s) and is the orbit in which the hit arrived. Rows have FPGA = station and
 * TDC_CHANNEL = 16 x layer + wire. Trigger primitives (`tpgs_mb1`, `tpgs_mb2`) do not become rows and are only counted.
 */
import { decodeNumber } from "../../pipeline/steps/index.js";
import { isUint32 } from "./fields.js";
import type { LayoutReader, OtherContent } from "./layout.js";
import type { RowText } from "./row-text.js";
import { isOrbit, nearestOrbit } from "./unwrap.js";

const hitHead = 2;
const counterPeriod = 2 ** 19;
const [layers, wires, maxTdc] = [4, 16, 31];
/** A hit with a late BX that arrived early in an orbit belongs to the previous orbit. */
const [earlyArrival, lateHit] = [100, 3464];
const [lineFeed, quote, comma, colon, backslash] = [10, 34, 44, 58, 92];
const [openBrace, closeBrace, openBracket, closeBracket] = [123, 125, 91, 93];
const longestObject = 1 << 16;
const keys = ["st", "ly", "wi", "bctr", "tdc", "OC", "BX"] as const;
/** Names have up to four letters, so each is encoded as one number. */
const keyCodes = keys.map((key) =>
  Array.from(key).reduce((code, letter) => (code << 8) | letter.charCodeAt(0), 0),
);

export class Snd implements LayoutReader {
  private kept = new Uint8Array(0);
  private readonly values = new Float64Array(keys.length);
  /** Orbit of the newest hit; null before the first. */
  private orbit: number | null = null;

  constructor(private readonly otherContent: OtherContent) {}

  push(bytes: Uint8Array, text: RowText): void {
    const all = this.kept.length === 0 ? bytes : joined(this.kept, bytes);
    const used = this.objects(all, text);
    this.kept = all.slice(used);
    if (this.kept.length <= longestObject) return;
    text.reject(this.kept, 0, this.kept.length);
    this.kept = new Uint8Array(0);
  }

  finish(text: RowText): void {
    const { kept } = this;
    this.kept = new Uint8Array(0);
    if (kept[0] !== openBrace) return this.between(kept, 0, kept.length, text);
    text.reject(kept, 0, kept.length);
    this.otherContent.count("incomplete row at the end");
  }

  abandon(): void {
    this.kept = new Uint8Array(0);
  }

  /** Reads whole objects; returns the number of bytes consumed. */
  private objects(bytes: Uint8Array, text: RowText): number {
    // Start of the current object; -1 between objects, where `between` is the start of the text between them.
    let start = -1;
    let between = 0;
    let depth = 0;
    let previous = 0;
    const end = (at: number): void => {
      start = -1;
      depth = 0;
      between = at;
    };
    const breakOff = (at: number): void => {
      text.reject(bytes, start, at);
      end(at);
    };
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (isPlain[byte] === 1) {
        previous = byte;
      } else if (byte === lineFeed && start < 0) {
        this.between(bytes, between, at, text);
        between = at + 1;
      } else if (byte === quote && start >= 0) {
        const last = stringEnd(bytes, at + 1);
        if (last === bytes.length) return start;
        if (bytes[last] === lineFeed) breakOff(last);
        at = last;
      } else if (byte === openBrace) {
        if (start >= 0 && previous !== colon) breakOff(at);
        if (start < 0) {
          this.between(bytes, between, at, text);
          start = at;
        }
        depth += 1;
      } else if (byte === openBracket && start >= 0) {
        // An object with an array is a record around others, or a trigger primitive.
        if (contains(bytes, start, at, '"t0"')) this.otherContent.count("trigger primitives");
        end(at + 1);
      } else if (byte === closeBrace && start >= 0 && (depth -= 1) === 0) {
        this.object(bytes, start, at + 1, text);
        end(at + 1);
      }
      if (!isSpace(byte)) previous = byte;
    }
    return start >= 0 ? start : between;
  }

  /** Text between objects may only consist of names, brackets and commas. */
  private between(bytes: Uint8Array, start: number, end: number, text: RowText): void {
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] as number;
      if (isSpace(byte) || isStructure(byte)) continue;
      if (byte === quote) at = stringEnd(bytes, at + 1);
      else return text.reject(bytes, start, end);
    }
  }

  private object(bytes: Uint8Array, start: number, end: number, text: RowText): void {
    const { values } = this;
    const found = readKeys(bytes, start, end, values);
    const [station, layer, wire, bx, tdc, counter, arrivalBx] = values as unknown as Values;
    const isHit =
      found === (1 << keys.length) - 1 &&
      isUint32(station) &&
      isUint32(layer) &&
      isUint32(wire) &&
      isUint32(bx) &&
      isUint32(tdc) &&
      isUint32(counter) &&
      isUint32(arrivalBx) &&
      layer < layers &&
      wire < wires &&
      tdc <= maxTdc &&
      counter < counterPeriod;
    if (!isHit) return isOfPrimitive(bytes, start, end) ? undefined : text.reject(bytes, start, end);
    const isOfOrbitBefore = arrivalBx < earlyArrival && bx > lateHit;
    const orbit = this.orbitOf((counter + (isOfOrbitBefore ? counterPeriod - 1 : 0)) % counterPeriod);
    if (!isOrbit(orbit)) return text.reject(bytes, start, end);
    text.row(hitHead, station, layer * wires + wire, orbit, bx, tdc);
  }

  /** Rows are out of order by up to a few hundred rows, so only a decrease by half the period is a restart of the counter. */
  private orbitOf(counter: number): number {
    return (this.orbit = nearestOrbit(counter, this.orbit ?? counter, counterPeriod));
  }
}

/** Bytes that neither start nor end a token; shape (256). */
const isPlain = Uint8Array.from({ length: 256 }, (_, byte) =>
  [lineFeed, quote, openBrace, closeBrace, openBracket].includes(byte) || isSpace(byte) ? 0 : 1,
);

type Values = [
  station: number,
  layer: number,
  wire: number,
  bx: number,
  tdc: number,
  counter: number,
  arrivalBx: number,
];

/** Reads the numbers of known keys. @returns a bit for each key that occurs exactly once */
function readKeys(bytes: Uint8Array, start: number, end: number, values: Float64Array): number {
  let found = 0;
  for (let at = start; at < end; at += 1) {
    if (bytes[at] !== quote) continue;
    const from = at + 1;
    for (at = from; at < end && bytes[at] !== quote; at += 1) if (bytes[at] === backslash) at += 1;
    const key = keyAt(bytes, from, at);
    if (key < 0) continue;
    let value = at + 1;
    while (value < end && isSpace(bytes[value])) value += 1;
    if (bytes[value] !== colon) continue;
    value += 1;
    while (value < end && isSpace(bytes[value])) value += 1;
    let last = value;
    while (last < end && isOfNumber(bytes[last] as number)) last += 1;
    values[key] = numberAt(bytes, value, last);
    found |= 1 << key;
    at = last - 1;
  }
  return found;
}

function keyAt(bytes: Uint8Array, from: number, to: number): number {
  let code = 0;
  if (to - from > 4) return -1;
  for (let at = from; at < to; at += 1) code = (code << 8) | (bytes[at] as number);
  return keyCodes.indexOf(code);
}

function numberAt(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  if (to - from > 9 || to === from) return decodeNumber(bytes, from, to);
  for (let at = from; at < to; at += 1) {
    const digit = (bytes[at] as number) - 48;
    if (digit < 0 || digit > 9) return decodeNumber(bytes, from, to);
    value = value * 10 + digit;
  }
  return value;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === 10 || byte === 13;
}
const isStructure = (byte: number): boolean =>
  byte === comma || byte === colon || byte === openBracket || byte === closeBracket || byte === closeBrace;
const isOfNumber = (byte: number): boolean =>
  (byte >= 48 && byte <= 57) || byte === 46 || byte === 43 || byte === 45 || byte === 69 || byte === 101;

/** End of a string: its quote, or the end of the line for a broken string; the input's length if neither was found. */
function stringEnd(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== quote && bytes[at] !== lineFeed)
    at += bytes[at] === backslash ? 2 : 1;
  return Math.min(at, bytes.length);
}

const contains = (bytes: Uint8Array, start: number, end: number, text: string): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).includes(text);
/** Hits inside a trigger primitive have no station; they have validity and side instead. */
const isOfPrimitive = (bytes: Uint8Array, start: number, end: number): boolean =>
  !contains(bytes, start, end, '"st"') && contains(bytes, start, end, '"valid"');

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
