/** What a layout of an input is, and the names of those there are. Adapters are pure: bytes in, rows of our format out. */
import { wordVersions, type WordVersion } from "../../pipeline/steps/index.js";
import type { RowText } from "./row-text.js";

const layoutFamilies = [
  "padova-2021",
  "padova-2019-text",
  "padova-dat",
  "padova-dma",
  "bologna-2022",
  "snd-2025",
] as const;
export type LayoutFamily = (typeof layoutFamilies)[number];

/** Value of `--layout`: words can name their generation. */
export const layoutNames: readonly string[] = layoutFamilies.flatMap((family) =>
  family === "padova-dat" || family === "padova-dma"
    ? [family, ...wordVersions.map((version) => `${family}:${version}`)]
    : [family],
);

export interface Layout {
  /** Value of `--layout`. */
  name: string;
  family: Exclude<LayoutFamily, "padova-2021">;
  /** Generation of the words; null to find it out. */
  version: WordVersion | null;
  /** Blocks of words that are passed over where a run begins. */
  skipBlocks: number;
}

/** Null for our own columns, which need no adapter. */
export function layoutOf(name: string, skipBlocks = 0): Layout | null {
  const [family, version = null] = name.split(":") as [LayoutFamily, WordVersion?];
  return family === "padova-2021" ? null : { name, family, version, skipBlocks };
}

/** Format of the inputs of a layout, as `--format` has it. */
export function formatOfLayout({ family }: Layout): "csv" | "json" | "dat" {
  if (family === "snd-2025") return "json";
  return family === "padova-dat" || family === "padova-dma" ? "dat" : "csv";
}

/** Reads one input, piece by piece. What it holds between two pieces is bounded. */
export interface LayoutReader {
  push(bytes: Uint8Array, text: RowText): void;
  /** The input has ended. */
  finish(text: RowText): void;
  /** A part of the input is missing here: an unfinished row is dropped. */
  abandon(): void;
}

/** Remarks of an adapter on its input besides the rows: counts by kind. */
export class Remarks {
  readonly counts = new Map<string, number>();

  count(what: string, count = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }

  merge(other: Remarks): void {
    for (const [what, count] of other.counts) this.count(what, count);
  }

  /** In words, by number; null without any. */
  get text(): string | null {
    if (this.counts.size === 0) return null;
    return [...this.counts].map(([what, count]) => `${count} ${what}`).join(", ");
  }
}
