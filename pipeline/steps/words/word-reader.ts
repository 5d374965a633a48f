/** Converts words of the read-out to rows: hits, and trigger words in their own layout. Drops other words by kind. */
import { hitHead } from "../../model/index.js";
import {
  fixedPoint,
  halfFloat,
  head1Of,
  headOf,
  hitOrbit,
  orbitV1,
  orbitV2,
  orbitV3,
  sixDecimals,
  v1TriggerHead,
  type WordVersion,
} from "./word-layout.js";
import { WordVotes } from "./word-votes.js";

/** Kinds of words that are not rows. */
type DroppedWord =
  | "idle words"
  | "words with BX 4095"
  | "empty words"
  | "trigger words whose layout is not published"
  | "trigger words of no known generation"
  | "parameter words without an orbit";

/** Receives the rows and the dropped words. */
export interface WordSink {
  row(head: number, fpga: number, channel: number, orbit: number, bx: number, tdc: number): void;
  /** @param orbit the newest known orbit; null before the first */
  drop(kind: DroppedWord, orbit: number | null): void;
}

const noBx = 4095;
/** Fields of a word of alternating bits, which the read-out sends when it has no data. */
const [idleChannel, idleBx, idleTdc] = [170, 2730, 21];
const isAlternating = (low: number, high: number): boolean =>
  low === high && (low === 0x55555555 || low === 0xaaaaaaaa);
/** Maximum distance in orbits from the previous word for a v1 word with HEAD 2 to be a hit. */
const nearOrbits = 1_000_000;

export class WordReader {
  private orbit: number | null = null;
  private readonly votes = new WordVotes();

  /** @param version null to detect it */
  constructor(
    private readonly sink: WordSink,
    public version: WordVersion | null,
  ) {}

  word(low: number, high: number): void {
    const bx = (low >>> 5) & 0xfff;
    const channel = (high >>> 17) & 0x1ff;
    if (headOf(high) !== hitHead) return this.other(low, high);
    if (bx === noBx) return this.drop("words with BX 4095");
    if (isIdle(channel, bx, low & 0x1f) || isAlternating(low, high)) return this.drop("idle words");
    const orbit = hitOrbit(low, high);
    this.orbit = orbit;
    this.sink.row(hitHead, (high >>> 26) & 7, channel, orbit, bx, low & 0x1f);
  }

  private drop(kind: DroppedWord): void {
    this.sink.drop(kind, this.orbit);
  }

  private other(low: number, high: number): void {
    if (low === 0 && high === 0) return this.drop("empty words");
    const [bx, channel] = [(low >>> 5) & 0xfff, (high >>> 17) & 0x1ff];
    if (isIdle(channel, bx, low & 0x1f) || isAlternating(low, high)) return this.drop("idle words");
    if (this.version === null) {
      this.votes.add(low, high, this.orbit);
      this.version = this.votes.version;
    }
    switch (this.version) {
      case "v1":
        return this.wordOfV1(low, high);
      case "v2":
        return this.wordOfV2(low, high);
      case "v3":
        return this.wordOfV3(low, high);
      case null:
        return this.drop("trigger words of no known generation");
    }
  }

  private wordOfV1(low: number, high: number): void {
    const head = head1Of(high);
    if (head === 3) return this.triggerOfV1(low, high);
    const bx = (low >>> 5) & 0xfff;
    if (bx === noBx) return this.drop("words with BX 4095");
    if (head === 0) return this.drop("trigger words whose layout is not published");
    const orbit = hitOrbit(low, high);
    const fpga = (high >>> 26) & 15;
    // Words with HEAD 4 and 5 of later generations (a float, no orbit) look like v1 words with HEAD 2 and FPGA 0-15.
    const isFar = this.orbit === null || Math.abs(orbit - this.orbit) > nearOrbits;
    if (head === 2 && (fpga >= 8 || isFar)) return this.drop("parameter words without an orbit");
    this.orbit = orbit;
    this.sink.row(hitHead, fpga, (high >>> 17) & 0x1ff, orbit, bx, low & 0x1f);
  }

  /** Fields of the word: quality, BX, tag BX, tag orbit, macrocell, superlayer. */
  private triggerOfV1(low: number, high: number): void {
    const bx = (low >>> 1) & 0xfff;
    if (bx === noBx) return this.drop("words with BX 4095");
    const superlayer = (high >>> 28) & 3;
    const channel = (superlayer & 1) * 64 + ((high >>> 25) & 7);
    this.sink.row(v1TriggerHead, superlayer >>> 1, channel, orbitV1(low, high), bx, low & 1);
  }

  private wordOfV2(low: number, high: number): void {
    const [head, fpga, orbit] = [headOf(high), (high >>> 26) & 7, orbitV2(low, high)];
    if (head === 0) return this.time(fpga, low & 0x1f, orbit, (low >>> 12) & 0xfff, (low >>> 7) & 0x1f);
    if (head !== 4 && head !== 5) return this.drop("trigger words whose layout is not published");
    this.parameter(head, fpga, 0, orbit, halfFloat(low & 0xffff));
  }

  private wordOfV3(low: number, high: number): void {
    const [head, fpga, orbit] = [headOf(high), (high >>> 26) & 7, orbitV3(low, high)];
    const macrocell = (high >>> 22) & 15;
    if (head === 0) return this.time(fpga, macrocell, orbit, (low >>> 10) & 0xfff, (low >>> 5) & 0x1f);
    if (head !== 4 && head !== 5) return this.drop("trigger words whose layout is not published");
    this.parameter(head, fpga, macrocell, orbit, fixedPoint(low & 0xffff, head));
  }

  private time(fpga: number, channel: number, orbit: number, bx: number, tdc: number): void {
    if (bx === noBx) return this.drop("words with BX 4095");
    this.sink.row(0, fpga, channel, orbit, bx, tdc);
  }

  private parameter(head: number, fpga: number, channel: number, orbit: number, value: number): void {
    if (value - value !== 0) return this.drop("trigger words of no known generation");
    this.sink.row(head, fpga, channel, orbit, 0, sixDecimals(value));
  }
}

export const isIdle = (channel: number, bx: number, tdc: number): boolean =>
  channel === idleChannel && bx === idleBx && tdc === idleTdc;
