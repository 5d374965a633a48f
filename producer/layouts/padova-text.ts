/**
 * Padova's text of 2018-2020 (v1): hits have HEAD 1 or 2, channels from 1, TDC reduced by 1 except for the event numbers on
 * channels 137 and 138. Trigger words (HEAD 3) have seven columns: HEAD, superlayer, macrocell, tag orbit, tag BX, BX, quality. A row
 * of zeros has the run number in a seventh column (source: the DAQ's programs, and 159 616 words of run 591 in both forms).
 */
import { isBlankLine, isHeader, isIdle, v1TriggerHead } from "../../pipeline/steps/index.js";
import { isUint32, readFields } from "./fields.js";
import type { LayoutReader, OtherContent } from "./layout.js";
import { Lines } from "./lines.js";
import type { RowText } from "./row-text.js";

const comma = 44;
const columns = 6;
const hitHead = 2;
/** Channels, counted as in the text, whose TDC is an event number of the read-out, not a time. */
const [firstEventNumber, lastEventNumber] = [137, 138];
const channelCount = 512;
const noBx = 4095;

export class PadovaText implements LayoutReader {
  private readonly values = new Float64Array(columns + 1);
  private text!: RowText;
  private readonly lines = new Lines(
    (bytes, start, end) => this.line(bytes, start, end),
    (bytes, start, end) => this.text.reject(bytes, start, end),
  );

  constructor(private readonly otherContent: OtherContent) {}

  push(bytes: Uint8Array, text: RowText): void {
    this.text = text;
    this.lines.push(bytes);
  }

  finish(text: RowText): void {
    this.text = text;
    const rest = this.lines.unfinished;
    this.lines.clear();
    if (rest !== null) this.line(rest, 0, rest.length);
  }

  abandon(): void {
    this.lines.clear();
  }

  private line(bytes: Uint8Array, start: number, end: number): void {
    const { values } = this;
    if (isBlankLine(bytes, start, end) || isHeader(bytes, start, end)) return;
    const count = readFields(bytes, start, end, comma, values);
    const isRow = (count === columns || count === columns + 1) && values.subarray(0, 5).every(isUint32);
    if (!isRow || !isUint32(values[5] as number)) return this.text.reject(bytes, start, end);
    this.row(count);
  }

  private row(count: number): void {
    const [head, fpga, channel, orbit, bx, tdc, seventh] = this.values as unknown as Row;
    if (head === 0) return this.noHit(count === columns + 1 ? seventh : null);
    if (bx === noBx) return this.otherContent.count("rows with BX 4095");
    if (head === 3) return this.trigger(count, fpga, channel, orbit, bx, tdc, seventh);
    if (head !== 1 && head !== 2) return this.otherContent.count(`rows of HEAD ${head}`);
    if (isIdleText(channel, bx, tdc)) return this.otherContent.count("idle words");
    const isEventNumber = channel >= firstEventNumber && channel <= lastEventNumber;
    const raw = channel >= 1 ? channel - 1 : channelCount - 1;
    // A raw TDC of 0 became -1 and wrapped around in the program that wrote the text.
    this.text.row(hitHead, fpga, raw, orbit, bx, isEventNumber ? tdc : (tdc + 1) >>> 0);
  }

  private noHit(run: number | null): void {
    const [, fpga, channel, orbit, bx, tdc] = this.values as unknown as Row;
    const isEmpty = fpga === 0 && channel === 0 && orbit === 0 && bx === 0 && tdc === 0;
    if (isEmpty && run !== null && isUint32(run)) this.text.beginRun(run);
    else this.otherContent.count(isIdleText(channel, bx, tdc) ? "idle words" : "rows of HEAD 0");
  }

  private trigger(
    count: number,
    superlayer: number,
    macrocell: number,
    orbit: number,
    tagBx: number,
    bx: number,
    quality: number,
  ): void {
    if (count === columns) return this.otherContent.count("trigger words printed in the columns of hits");
    if (bx === noBx || tagBx === noBx) return this.otherContent.count("rows with BX 4095");
    const channel = (superlayer & 1) * 64 + macrocell;
    this.text.row(v1TriggerHead, superlayer >>> 1, channel, orbit, bx, quality);
  }
}

type Row = [
  head: number,
  fpga: number,
  channel: number,
  orbit: number,
  bx: number,
  tdc: number,
  seventh: number,
];

/** Whether a row is an idle word, printed unchanged or with the shifts of the text: channel + 1, TDC - 1. */
const isIdleText = (channel: number, bx: number, tdc: number): boolean =>
  isIdle(channel, bx, tdc) || isIdle(channel - 1, bx, tdc + 1);
