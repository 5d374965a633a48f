/**
 * Bologna's text of 2022: `_ time orbit pin BX TDC`, the time in seconds since the start, the orbit in 12 bits (365 ms).
 * The time determines how often the orbit counter has wrapped. Rows get FPGA 0, and the pin as TDC_CHANNEL.
 */
import { orbitPeriodNs } from "../../pipeline/model/index.js";
import { isBlankLine } from "../../pipeline/steps/index.js";
import { isUint32, readFields } from "./fields.js";
import type { LayoutReader, OtherContent } from "./layout.js";
import { Lines } from "./lines.js";
import type { RowText } from "./row-text.js";
import { isOrbit, nearestOrbit } from "./unwrap.js";

const [space, mark] = [32, 95];
const hitHead = 2;
const counterPeriod = 4096;
const orbitSeconds = orbitPeriodNs / 1e9;
/** Highest pin of the read-out board. */
const lastPin = 239;
/** Maximum decrease of the time from one row to the next, s. */
const usualDisorder = 1;

export class Bologna implements LayoutReader {
  /** time, orbit, pin, BX, TDC */
  private readonly values = new Float64Array(5);
  private text!: RowText;
  private readonly lines = new Lines(
    (bytes, start, end) => this.line(bytes, start, end),
    (bytes, start, end) => this.text.reject(bytes, start, end),
  );
  /** Time and orbit of the newest row; NaN before the first. */
  private time = NaN;
  private orbit = 0;

  /** @param run run number in the file's name; null if there is none */
  constructor(
    private readonly otherContent: OtherContent,
    private readonly run: number | null,
  ) {}

  push(bytes: Uint8Array, text: RowText): void {
    this.text = text;
    if (this.run !== null) text.beginRun(this.run);
    this.lines.push(bytes);
  }

  /** A last line without a line feed may be incomplete, with a truncated last number: it counts as malformed. */
  finish(text: RowText): void {
    const rest = this.lines.unfinished;
    if (rest === null) return;
    text.reject(rest, 0, rest.length);
    this.otherContent.count("incomplete row at the end");
    this.lines.clear();
  }

  abandon(): void {
    this.lines.clear();
  }

  private line(bytes: Uint8Array, start: number, end: number): void {
    const { values } = this;
    if (isBlankLine(bytes, start, end)) return;
    const isMarked = bytes[start] === mark && bytes[start + 1] === space;
    const fields = isMarked ? readFields(bytes, start + 2, end, space, values) : -1;
    if (fields !== 5) return this.text.reject(bytes, start, end);
    const [time, counter, pin, bx, tdc] = values as unknown as [number, number, number, number, number];
    const orbit = this.orbitAt(time, counter);
    if (![pin, bx, tdc].every(isUint32) || !isOrbit(orbit)) return this.text.reject(bytes, start, end);
    this.time = time;
    this.orbit = orbit;
    if (pin > lastPin) this.otherContent.count(`rows of pin ${pin}, which the board does not have`);
    this.text.row(hitHead, 0, pin, orbit, bx, tdc);
  }

  /** -1 if the counter or the time is invalid. */
  private orbitAt(time: number, counter: number): number {
    if (!(isUint32(counter) && counter < counterPeriod && time >= 0 && Number.isFinite(time))) return -1;
    if (this.time - time > usualDisorder) {
      this.otherContent.count("backward steps of the clock");
      this.time = NaN;
    }
    const expected = Number.isNaN(this.time)
      ? time / orbitSeconds
      : this.orbit + (time - this.time) / orbitSeconds;
    return nearestOrbit(counter, expected, counterPeriod);
  }
}
