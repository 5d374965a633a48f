/** `--layout` and related options, for verbs that read inputs, and the format of the values of a topic. */
import { UsageError, type DetectorConfig } from "../../pipeline/model/index.js";
import { formatOfLayout, layoutNames, LayoutInputs, layoutOf } from "../../producer/layouts/index.js";
import { defineOption, defineOptions, wholeNumber, type ValuesOf } from "./option.js";

export const defaultLayout = "padova-2021";

export const layoutOptions = defineOptions([
  {
    flags: "--layout <name>",
    description:
      "read-out that wrote the inputs. padova-2021: the columns of this project; padova-dat: the generation of its words is detected unless named",
    choices: layoutNames,
    default: defaultLayout,
  },
  {
    flags: "--skip-blocks <count>",
    description: "with --layout padova-dat: number of blocks of 128 words to skip at the start of a run",
    parse: wholeNumber(0, 1_000_000),
    default: 0,
  },
]);

export type LayoutOptions = ValuesOf<typeof layoutOptions>;

export const rawFormatOption = defineOption({
  flags: "--raw-format <format>",
  description:
    "format of the values in the topic of rows: rows (CSV or JSON), dat (64-bit words), or dma (messages of the DAQ's own writer, run number and 128 words; the generation is detected unless named)",
  choices: ["rows", "dat", "dma", "dma:v1", "dma:v2", "dma:v3"],
  default: "rows",
});

/** @throws UsageError for a layout that does not belong to the format */
export function checkLayout({ layout: name, skipBlocks }: LayoutOptions, format: string): void {
  const layout = layoutOf(name);
  if (layout !== null && format !== "auto" && format !== formatOfLayout(layout))
    throw new UsageError(`--layout ${name} does not have --format ${format}: omit --format`);
  if (skipBlocks > 0 && layout?.family !== "padova-dat")
    throw new UsageError("--skip-blocks needs --layout padova-dat");
}

/** Adapters for the inputs of a command; null for our own columns. */
export function layoutInputs({ layout: name, skipBlocks }: LayoutOptions): LayoutInputs | null {
  const layout = layoutOf(name, skipBlocks);
  return layout === null ? null : new LayoutInputs(layout);
}

/** Layouts whose channel numbers match only one set-up, with the preset of that set-up. */
const ownDetectors: Readonly<Record<string, string>> = {
  "bologna-2022": "bologna-2022",
  "snd-2025": "snd-2025",
};

/** A warning if rows of this layout would be decoded with the default set-up; else null. */
export function detectorHint({
  layout = "",
  detector,
}: {
  layout?: string;
  detector?: string;
}): string | null {
  const own = ownDetectors[layout];
  if (own === undefined || detector !== undefined) return null;
  return `--layout ${layout} without --detector: channels are decoded as those of legnaro-1-2-1; did you mean --detector ${own}?`;
}

/** HEADs of trigger words whose bit layout is not published. */
const unpublished: readonly number[] = [1, 3];

/** Adapts the set-up to the read-out's words: a trigger candidate is complete even without fields that the words lack. */
export function asInWords<Chosen extends { detector: DetectorConfig }>(
  chosen: Chosen,
  { layout = defaultLayout, rawFormat = "rows" }: { layout?: string; rawFormat?: string },
): Chosen {
  if (!/^padova-(dat|dma)/.test(layout) && !rawFormat.startsWith("dma")) return chosen;
  const { readout } = chosen.detector;
  const heads = Object.entries(readout.heads).filter(([head]) => !unpublished.includes(Number(head)));
  const detector = { ...chosen.detector, readout: { ...readout, heads: Object.fromEntries(heads) } };
  return { ...chosen, detector };
}
