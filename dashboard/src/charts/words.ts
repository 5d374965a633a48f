/** Plots of trigger words: slope, position and layers of the words, and differences from the segments. */
import type { BinnedCounts, MuonCounts, TriggerWordCounts } from "../../../pipeline/model/index.js";
import { countsFrom, histogramChart } from "./histogram.js";
import { expectedIn, markLine, type MuonLook } from "./muons.js";
import { layerColour } from "./palette.js";
import type { ChartSpec } from "./spec.js";

interface WordPlot {
  title: string;
  unit: string;
  entries: string;
  mark?: number;
  whole?: boolean;
  of: (counts: TriggerWordCounts) => BinnedCounts;
}

export const wordPlots = {
  tan: { title: "tan ψ of the word", unit: "", entries: "words", of: (counts) => counts.tan_psi },
  x: { title: "x of the word", unit: "mm", entries: "words", of: (counts) => counts.local_x },
  layers: {
    title: "layers",
    unit: "",
    entries: "words",
    whole: true,
    of: ({ layers }) => countsFrom(layers),
  },
  dtan: { title: "tan, word − segment", unit: "", entries: "pairs", mark: 0, of: ({ dtan }) => dtan },
  dx: { title: "x, word − segment", unit: "mm", entries: "pairs", mark: 0, of: ({ dx }) => dx },
  dt0: { title: "t0, word − segment", unit: "ns", entries: "pairs", mark: 0, of: ({ dt0 }) => dt0 },
} as const satisfies Record<string, WordPlot>;
export type WordPlotKind = keyof typeof wordPlots;

/** A histogram of the trigger words of an FPGA. */
export function wordChart(
  kind: WordPlotKind,
  counts: MuonCounts | null,
  fpga: string,
  look: MuonLook,
): ChartSpec {
  const { of, mark, ...axis }: WordPlot = wordPlots[kind];
  const own = counts?.trigger_words?.[fpga];
  const colour = layerColour(look.dark, 1 + (Number(fpga) % 4));
  const expected = expectedIn(look, ({ trigger_words: words }) => words?.[fpga] && of(words[fpga]));
  const series = own === undefined ? [] : [{ label: axis.entries, colour, counts: of(own), expected }];
  const annotations = mark === undefined ? {} : { annotations: { mark: markLine(mark, look) } };
  return histogramChart(series, { ...axis, ...annotations }, look);
}
