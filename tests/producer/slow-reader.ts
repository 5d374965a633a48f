/** An independent, slow reader of rows with regular expressions and maps, which gives the tests' expected answers. */
import { defaultDetector } from "../../pipeline/model/index.js";
import type { Ledger } from "../../pipeline/model/index.js";

export interface Word {
  head: number;
  fpga: number;
  channel: number;
  orbit: number;
  bx: number;
  tdc: number;
}

interface Reading {
  ledger: Ledger;
  /** Shape (4 * 64). */
  hitsPerChannel: number[];
  /** Well-formed rows in their order. */
  words: Word[];
}

type WordKind = "head_rejected" | "unmapped" | "scintillator" | "hits";

const numberPattern = /^[ \t]*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[ \t]*$/;

/** Parses a line of CSV; null if it is malformed. */
export function parseLine(line: string): Word | null {
  const fields = line.split(",");
  if (fields.length !== 6 || !fields.every((field) => numberPattern.test(field))) return null;
  const values = fields.map(Number);
  if (!values.every(Number.isFinite)) return null;
  if (!values.slice(0, 5).every((value) => Number.isInteger(value) && value >= 0 && value <= 4294967295))
    return null;
  const [head, fpga, channel, orbit, bx, tdc] = values as [number, number, number, number, number, number];
  return { head, fpga, channel, orbit, bx, tdc };
}

/** Chamber of a row with HEAD 2; -1 if it has none. */
export function chamberOf({ fpga, channel }: Word): number {
  return defaultDetector.chambers.findIndex(
    (chamber) =>
      chamber.fpga === fpga && channel >= chamber.firstChannel && channel < chamber.firstChannel + 64,
  );
}

export function kindOf(word: Word): WordKind {
  if (word.head !== 2) return "head_rejected";
  if (chamberOf(word) >= 0) return "hits";
  return word.fpga === 1 && word.channel === 128 ? "scintillator" : "unmapped";
}

/** @param blocks CSV without header; every row ends with LF */
export function readSlowly(blocks: readonly Uint8Array[]): Reading {
  const ledger: Ledger = { rows: 0, malformed: 0, head_rejected: 0, unmapped: 0, scintillator: 0, hits: 0 };
  const hitsPerChannel = new Array<number>(256).fill(0);
  const words: Word[] = [];
  for (const line of linesOf(blocks)) {
    const word = parseLine(line);
    ledger.rows += 1;
    if (word === null) ledger.malformed += 1;
    else {
      words.push(word);
      ledger[kindOf(word)] += 1;
      const chamber = word.head === 2 ? chamberOf(word) : -1;
      if (chamber >= 0) hitsPerChannel[chamber * 64 + (word.channel % 64)]! += 1;
    }
  }
  return { ledger, hitsPerChannel, words };
}

/** The lines without their LF. */
export function linesOf(blocks: readonly Uint8Array[]): string[] {
  const text = Buffer.concat(blocks).toString("latin1");
  if (text === "") return [];
  if (!text.endsWith("\n")) throw new Error("the last row does not end with LF");
  return text.slice(0, -1).split("\n");
}

/** Hits of scintillator orbits with their drift times in ns. */
export function driftTimesOf(words: readonly Word[]): { word: Word; chamber: number; driftTimeNs: number }[] {
  const starts = new Map<number, Word>();
  for (const word of words.filter((candidate) => kindOf(candidate) === "scintillator")) {
    const start = starts.get(word.orbit);
    if (start === undefined || word.bx + word.tdc / 30 < start.bx + start.tdc / 30)
      starts.set(word.orbit, word);
  }
  return words.flatMap((word) => {
    const start = starts.get(word.orbit);
    if (start === undefined || kindOf(word) !== "hits") return [];
    const chamber = chamberOf(word);
    const offset = [93.9, 101.4, 95.5, 92.4][chamber]!;
    return [{ word, chamber, driftTimeNs: 25 * (word.bx - start.bx + (word.tdc - start.tdc) / 30) + offset }];
  });
}
