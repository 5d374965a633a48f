/**
 * Trigger words: rows of HEAD 0, 1, 3, 4 and 5, or of the HEADs in the set-up. The words of one candidate are consecutive,
 * so they are packed into one entry with at most one word of each HEAD. The assignment of words to entries never changes
 * a result.
 */
import { fpgaCount, headCount, triggerMeanings, type ReadoutConfig } from "../model/index.js";
import type { ByteReader, ByteWriter } from "./bytes.js";

/** Number of kinds of trigger words; the index of a kind is its bit in a mask. */
export const triggerHeadCount = triggerMeanings.length;
const [timeBit, patternBit, tanBit, xBit] = [1, 4, 8, 16];

/** Bit of a HEAD, 0 for others; shape (8). */
export function triggerBitsOf(heads: ReadoutConfig["heads"]): Uint8Array {
  return Uint8Array.from({ length: headCount }, (_, head) => {
    const meaning = heads[head];
    return meaning === undefined ? 0 : 1 << triggerMeanings.indexOf(meaning);
  });
}

const [maskShift, layersShift] = [3, 8];
/** Maximum encoded length of an entry. */
export const maxEntryBytes = 40;
const initialCapacity = 64;

/** Trigger-word entries in growing columns. */
export class TriggerEntries {
  length = 0;
  /** FPGA (3 bits), mask of HEADs (5 bits), and layers of the pattern + 1, or 0 without a pattern (3 bits). */
  private infos = new Uint16Array(initialCapacity);
  /** Of HEAD 0. */
  private bx = new Uint32Array(initialCapacity);
  private tdc = new Float64Array(initialCapacity);
  /** Of HEAD 4 and 5. */
  private tans = new Float64Array(initialCapacity);
  private xs = new Float64Array(initialCapacity);
  /** By FPGA: the entry that is still open for words, and its orbit. */
  private readonly open = new Int32Array(fpgaCount).fill(-1);
  private readonly openOrbits = new Uint32Array(fpgaCount);

  clear(): void {
    this.length = 0;
    this.open.fill(-1);
  }

  /**
   * Adds the word of a row.
   * @param bit bit of its HEAD, see {@link triggerBitsOf}
   * @returns whether a new entry, now the last one, was started
   */
  add(bit: number, fpga: number, orbit: number, bx: number, tdc: number): boolean {
    let entry = this.open[fpga] as number;
    const isNew =
      entry < 0 ||
      this.openOrbits[fpga] !== orbit ||
      (((this.infos[entry] as number) >>> maskShift) & bit) !== 0;
    if (isNew) entry = this.begin(fpga, orbit);
    this.infos[entry] = (this.infos[entry] as number) | (bit << maskShift);
    if (bit === timeBit) {
      this.bx[entry] = bx;
      this.tdc[entry] = tdc;
    } else if (bit === patternBit) {
      this.infos[entry] = (this.infos[entry] as number) | (layersOf(bx) << layersShift);
    } else if (bit === tanBit) this.tans[entry] = tdc;
    else if (bit === xBit) this.xs[entry] = tdc;
    return isNew;
  }

  private begin(fpga: number, orbit: number): number {
    const entry = this.length;
    if (entry === this.infos.length) this.grow();
    this.infos[entry] = fpga;
    this.open[fpga] = entry;
    this.openOrbits[fpga] = orbit;
    this.length = entry + 1;
    return entry;
  }

  private grow(): void {
    const capacity = this.infos.length * 2;
    const grown = <T extends Uint16Array | Uint32Array | Float64Array>(values: T, larger: T): T => {
      larger.set(values);
      return larger;
    };
    this.infos = grown(this.infos, new Uint16Array(capacity));
    this.bx = grown(this.bx, new Uint32Array(capacity));
    this.tdc = grown(this.tdc, new Float64Array(capacity));
    this.tans = grown(this.tans, new Float64Array(capacity));
    this.xs = grown(this.xs, new Float64Array(capacity));
  }

  write(writer: ByteWriter, entry: number): void {
    const info = this.infos[entry] as number;
    writer.varint(info);
    const mask = info >>> maskShift;
    if ((mask & timeBit) !== 0) writeTime(writer, this.bx[entry] as number, this.tdc[entry] as number);
    if ((mask & tanBit) !== 0) writeValue(writer, this.tans[entry] as number);
    if ((mask & xBit) !== 0) writeValue(writer, this.xs[entry] as number);
  }
}

/** Number of layers in a pattern + 1; 0 if BX is not a pattern. A pattern has a nibble per layer, 0 for no hit. */
function layersOf(bx: number): number {
  if (bx > 0xffff) return 0;
  let layers = 1;
  for (let nibbles = bx; nibbles !== 0; nibbles >>>= 4) if ((nibbles & 15) !== 0) layers += 1;
  return layers;
}

function writeTime(writer: ByteWriter, bx: number, tdc: number): void {
  const isNarrow = tdc >= 0 && tdc < 128 && Math.floor(tdc) === tdc;
  writer.varint(bx * 2 + (isNarrow ? 0 : 1));
  if (isNarrow) writer.varint(tdc);
  else writer.double(tdc);
}

const millionths = 1e6;

/** Encodes a number with up to six decimals, as the read-out writes it, as an integer; any other as a double. */
function writeValue(writer: ByteWriter, value: number): void {
  const steps = Math.round(value * millionths);
  if (steps / millionths === value && Math.abs(steps) < 2 ** 40)
    return writer.varint(steps >= 0 ? steps * 4 : -steps * 4 + 2);
  writer.varint(1);
  writer.double(value);
}

function readValue(reader: ByteReader): number {
  const code = reader.varint();
  if (code === 1) return reader.double();
  const size = Math.floor(code / 4) / millionths;
  return code % 4 === 2 ? -size : size;
}

/** One decoded entry. */
export interface TriggerEntry {
  fpga: number;
  /** Bit mask of its HEADs. */
  mask: number;
  /** Number of layers in its pattern, -1 without a pattern. */
  layers: number;
  /** Of HEAD 0. */
  bx: number;
  tdc: number;
  tan: number;
  xMm: number;
}

export function createTriggerEntry(): TriggerEntry {
  return { fpga: 0, mask: 0, layers: -1, bx: 0, tdc: 0, tan: 0, xMm: 0 };
}

export function readTriggerEntry(reader: ByteReader, entry: TriggerEntry): void {
  const info = reader.varint();
  entry.fpga = info & (fpgaCount - 1);
  entry.mask = (info >>> maskShift) & 31;
  entry.layers = (info >>> layersShift) - 1;
  if ((entry.mask & timeBit) !== 0) {
    const code = reader.varint();
    entry.bx = Math.floor(code / 2);
    entry.tdc = code % 2 === 0 ? reader.varint() : reader.double();
  }
  if ((entry.mask & tanBit) !== 0) entry.tan = readValue(reader);
  if ((entry.mask & xBit) !== 0) entry.xMm = readValue(reader);
}

export const hasTime = (mask: number): boolean => (mask & timeBit) !== 0;
export const hasTan = (mask: number): boolean => (mask & tanBit) !== 0;
export const hasX = (mask: number): boolean => (mask & xBit) !== 0;
