/** Charts of one FPGA: TDC and BX spectra, and BX bits. All are flat if no bit or counter is stuck. */
import { percent } from "../words/format.js";
import { frame } from "./frame.js";
import { countsFrom, histogramChart } from "./histogram.js";
import { expectedIn, type MuonLook } from "./muons.js";
import { layerColour, paletteOf } from "./palette.js";
import type { ChartDataset, ChartSpec } from "./spec.js";
import { binomialInterval } from "./statistics.js";
import type { MuonCounts } from "../../../pipeline/model/index.js";

/** Colour of an FPGA. */
export function fpgaColour(dark: boolean, fpga: string): string {
  return layerColour(dark, 1 + (Number(fpga) % 4));
}

export function tdcChart(counts: MuonCounts | null, fpga: string, look: MuonLook): ChartSpec {
  const own = counts?.read_out?.[fpga];
  const series = own && {
    label: "hits",
    colour: fpgaColour(look.dark, fpga),
    counts: countsFrom(own.tdc),
    expected: expectedIn(look, ({ read_out: of }) => of?.[fpga] && countsFrom(of[fpga].tdc)),
  };
  const options = { title: "TDC", unit: "", entries: "hits", whole: true };
  return histogramChart(series === undefined ? [] : [series], options, look);
}

export function bxChart(counts: MuonCounts | null, fpga: string, look: MuonLook): ChartSpec {
  const own = counts?.read_out?.[fpga];
  // Hits above the last BX of an orbit count as overflow, regardless of the end of the histogram.
  const series = own && {
    label: "hits",
    colour: fpgaColour(look.dark, fpga),
    counts: { ...own.bx, overflow: Math.max(own.bx.overflow, own.bx_out) },
    expected: expectedIn(look, (of) => of.read_out?.[fpga]?.bx),
  };
  const options = { title: "BX", unit: "", entries: "hits" };
  return histogramChart(series === undefined ? [] : [series], options, look);
}

/** Fraction of the hits in which each bit of the BX is set: about 0.5 if no bit is stuck. */
export function bxBitsChart(counts: MuonCounts | null, fpga: string, look: MuonLook): ChartSpec {
  const own = counts?.read_out?.[fpga];
  const colour = fpgaColour(look.dark, fpga);
  const { scale = 1 } = look;
  const { muted } = paletteOf(look.dark);
  const hits = own?.hits ?? 0;
  const data = (own?.bx_bits ?? []).map((set, x) => ({ x, y: hits === 0 ? null : set / hits }));
  const errors = (own?.bx_bits ?? []).map((set) => binomialInterval(Math.min(set, hits), hits));
  const points: ChartDataset = {
    type: "line",
    label: "fraction of hits with the bit set",
    data,
    showLine: false,
    pointRadius: 3.5 * scale,
    pointHoverRadius: 5 * scale,
    pointBackgroundColor: colour,
    pointBorderWidth: 0,
    borderColor: colour,
    backgroundColor: colour,
    marks: { errors, colour },
  };
  return {
    type: "line",
    data: { datasets: [points] },
    options: frame(
      { ...look, log: false },
      {
        x: { title: "bit of the BX", min: -0.5, max: 11.5, ticksBetween: bits },
        yTitle: "fraction set",
        yRange: { min: 0, max: 1.02 },
        yTicks: [0, 0.5, 1],
        yWords: (y) => `${Math.round(100 * y)} %`,
        valueWords: (y) => percent(y, 1),
        titleWords: (x) => `bit ${x}`,
        annotations: {
          half: {
            type: "line",
            yMin: 0.5,
            yMax: 0.5,
            borderColor: muted,
            borderWidth: 1,
            borderDash: [3, 3],
          },
        },
      },
    ),
  };
}

function bits(min: number, max: number): number[] {
  return Array.from({ length: 12 }, (_, bit) => bit).filter((bit) => bit >= min && bit <= max);
}
