/** Layouts of inputs and the interface of their adapters. Adapters are pure: bytes in, rows of Muonitor's format out. */
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

/** Values of `--layout`; for words they may include the generation. */
export const layoutNames: readonly string[] = layoutFamilies.flatMap((family) =>
  family === "padova-dat" || family === "padova-dma"
    ? [family, ...wordVersions.map((version) => `${family}:${version}`)]
    : [family],
);

export interface Layout {
  /** Value of `--layout`. */
  name: string;
  family: Exclude<LayoutFamily, "padova-2021">;
  /** Generation of the words; null to detect it. */
  version: WordVersion | null;
  /** Number of blocks of words to skip at the start of a run. */
  skipBlocks: number;
}

/** Null for Muonitor's own columns, which need no adapter. */
export function layoutOf(name: string, skipBlocks = 0): Layout | null {
  const [family, version = null] = name.split(":") as [LayoutFamily, WordVersion?];
  return family === "padova-2021" ? null : { name, family, version, skipBlocks };
}

/** Format of the inputs of a layout, a value of `--format`. */
export function formatOfLayout({ family }: Layout): "csv" | "json" | "dat" {
  if (family === "snd-2025") return "json";
  return family === "padova-dat" || family === "padova-dma" ? "dat" : "csv";
}

/** Converts one input, piece by piece. Its memory between two pieces is bounded. */
export interface LayoutReader {
  push(bytes: Uint8Array, text: RowText): void;
  /** Ends the input. */
  finish(text: RowText): void;
  /** Marks a gap in the input; drops an unfinished row. */
  abandon(): void;
}

/** Content of an input that is not rows: counts by kind. */
export class OtherContent {
  readonly counts = new Map<string, number>();

  count(what: string, count = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + count);
  }

  merge(other: OtherContent): void {
    for (const [what, count] of other.counts) this.count(what, count);
  }

  /** The counts in words; null if there are none. */
  get text(): string | null {
    if (this.counts.size === 0) return null;
    return [...this.counts].map(([what, count]) => `${count} ${what}`).join(", ");
  }
}
