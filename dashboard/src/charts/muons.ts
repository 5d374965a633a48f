/** Plots of segments: angle, position, residuals, times and efficiencies, of one chamber or of all. */
import {
  layersPerChamber,
  type BinnedCounts,
  type MuonCounts,
  type SegmentCounts,
} from "../../../pipeline/model/index.js";
import { percent } from "../words/format.js";
import { frame } from "./frame.js";
import { histogramChart, together, type Series } from "./histogram.js";
import { boxEndNs, chamberLabel } from "./names.js";
import { chamberColour, layerColour, paletteOf } from "./palette.js";
import { referenceLabel, referenceStyle } from "./reference.js";
import type { ChartDataset, ChartSpec, Look, Point } from "./spec.js";
import { binomialInterval } from "./statistics.js";

/** The chamber to plot, and the references to compare with. */
export interface MuonLook extends Look {
  /** Null: all chambers. */
  chamber: number | null;
  /** Unscaled counts of the references, each with its factor. */
  expected: readonly ExpectedMuons[];
}

interface ExpectedMuons {
  /** Name of the reference. */
  name: string;
  counts: MuonCounts;
  scale: number;
}

/** The same histogram of each reference. */
export function expectedIn(
  look: MuonLook,
  of: (counts: MuonCounts) => BinnedCounts | undefined,
): NonNullable<Series["expected"]> {
  return look.expected.map(({ name, counts, scale }) => ({ name, counts: of(counts), scale }));
}

interface SegmentPlot {
  title: string;
  unit: string;
  /** Position of good data on the axis, marked by a line. */
  mark?: number | ((look: MuonLook) => number);
  /** Histograms of a chamber's parts by name, with their colours. */
  parts: (counts: SegmentCounts, dark: boolean) => readonly Series[];
}

const whole =
  (of: (counts: SegmentCounts) => BinnedCounts): SegmentPlot["parts"] =>
  (counts) => [{ label: "segments", colour: "", counts: of(counts) }];
const byLayer =
  (of: (counts: SegmentCounts) => readonly BinnedCounts[]): SegmentPlot["parts"] =>
  (counts, dark) =>
    of(counts).map((one, i) => ({ label: `layer ${i + 1}`, colour: layerColour(dark, i + 1), counts: one }));

export const segmentPlots = {
  angle: { title: "angle", unit: "°", mark: 0, parts: whole(({ angle }) => angle) },
  position: { title: "x at mid-height", unit: "mm", parts: whole(({ position }) => position) },
  residual: { title: "residual", unit: "mm", mark: 0, parts: byLayer(({ residual }) => residual) },
  t0: { title: "t0 − timing signal", unit: "ns", mark: 0, parts: whole((counts) => counts.t0_scint) },
  meantimer: {
    title: "mean-timer sum",
    unit: "ns",
    mark: (look) => boxEndNs(look, look.chamber),
    parts: (counts, dark) =>
      counts.mean_timer.map((one, i) => ({
        label: i === 0 ? "layers 1, 2, 3" : "layers 2, 3, 4",
        colour: layerColour(dark, i + 2),
        counts: one,
      })),
  },
  segmentdrift: { title: "drift time", unit: "ns", parts: byLayer((counts) => counts.drift_time) },
} as const satisfies Record<string, SegmentPlot>;
export type SegmentPlotKind = keyof typeof segmentPlots;

/** The parts of one chamber, or each chamber as a whole. */
export function segmentChart(kind: SegmentPlotKind, counts: MuonCounts | null, look: MuonLook): ChartSpec {
  const { title, unit, parts, mark }: SegmentPlot = segmentPlots[kind];
  const series = look.chamber === null ? chamberSeries(parts, counts, look) : partSeries(parts, counts, look);
  const annotations =
    mark === undefined
      ? {}
      : { annotations: { mark: markLine(typeof mark === "number" ? mark : mark(look), look) } };
  return histogramChart(
    series,
    {
      title,
      unit,
      entries: kind === "residual" || kind === "segmentdrift" ? "hits" : "segments",
      legend: look.chamber !== null && series.length > 1,
      ...annotations,
    },
    look,
  );
}

function partSeries(parts: SegmentPlot["parts"], counts: MuonCounts | null, look: MuonLook): Series[] {
  const chamber = look.chamber ?? 0;
  const own = counts?.segment_chamber?.[chamber];
  if (own === undefined) return [];
  const partOf = (of: MuonCounts, i: number): BinnedCounts | undefined => {
    const reference = of.segment_chamber?.[chamber];
    return reference && parts(reference, look.dark)[i]?.counts;
  };
  return parts(own, look.dark).map((one, i) => ({
    ...one,
    colour: one.colour === "" ? chamberColour(look.dark, chamber) : one.colour,
    expected: expectedIn(look, (of) => partOf(of, i)),
  }));
}

function chamberSeries(parts: SegmentPlot["parts"], counts: MuonCounts | null, look: MuonLook): Series[] {
  const sum = (one: SegmentCounts | undefined): BinnedCounts | null =>
    one === undefined ? null : together(parts(one, look.dark).map((part) => part.counts));
  return Object.entries(counts?.segment_chamber ?? {}).flatMap(([key, one]) => {
    const own = sum(one);
    if (own === null) return [];
    const expected = expectedIn(look, (of) => sum(of.segment_chamber?.[key]) ?? undefined);
    const colour = chamberColour(look.dark, Number(key));
    return [{ label: chamberLabel(look, Number(key)), colour, counts: own, expected }];
  });
}

/** A dashed line at the expected centre. */
export function markLine(value: number, look: Look): Record<string, unknown> {
  const { muted } = paletteOf(look.dark);
  return { type: "line", xMin: value, xMax: value, borderColor: muted, borderWidth: 1, borderDash: [3, 3] };
}

const layers = Array.from({ length: layersPerChamber }, (_, i) => i + 1);
/** Horizontal shift, so that points of several chambers do not overlap. */
const spread = 0.5;

/** Efficiency of each layer with its binomial interval; references as hollow points. */
export function efficiencyChart(counts: MuonCounts | null, look: MuonLook): ChartSpec {
  const all = Object.entries(counts?.segment_chamber ?? {});
  const shown = look.chamber === null ? all : all.filter(([key]) => Number(key) === look.chamber);
  const step = shown.length < 2 ? 0 : spread / (shown.length - 1);
  const datasets = shown.flatMap(([key, one], i): ChartDataset[] => {
    const x = (layer: number): number => layer + (i - (shown.length - 1) / 2) * step;
    const colour = chamberColour(look.dark, Number(key));
    const references = look.expected.flatMap(({ name, counts: of }, index): ChartDataset[] => {
      const reference = of.segment_chamber?.[key];
      if (reference === undefined) return [];
      const named = `${referenceLabel(name, look.expected.length)} of ${chamberLabel(look, Number(key))}`;
      const { pointStyle } = referenceStyle(index, look);
      return [{ ...efficiencyPoints(named, reference, x, colour, look), ...hollow, pointStyle }];
    });
    const label = chamberLabel(look, Number(key));
    const own = efficiencyPoints(label, one, x, colour, look);
    return [own, ...references];
  });
  const lows = datasets.flatMap(({ marks }) => (marks?.errors ?? []).map((range) => range?.[0] ?? 1));
  const min = [0.8, 0.5].find((limit) => lows.every((low) => low > limit + 0.02)) ?? 0;
  return {
    type: "line",
    data: { datasets },
    whole: () => shown.flatMap(([key, one]) => efficiencyTable(key, one)),
    options: frame(look, {
      x: {
        title: "layer",
        min: 0.5,
        max: layersPerChamber + 0.5,
        ticksBetween: (from, to) => layers.filter((layer) => layer >= from && layer <= to),
      },
      yTitle: "efficiency",
      yRange: { min, max: 1 + (1 - min) / 40 },
      yTicks: ticksFrom(min),
      yWords: percentWords,
      valueAt: (label, x) => valueAt(datasets, label, x),
      valueWords: (y) => percent(y, 1),
      titleWords: (x) => `layer ${Math.round(x)}`,
    }),
  };
}

const hollow = { pointBackgroundColor: "transparent", pointBorderWidth: 1.5, marks: {} } as const;

function efficiencyPoints(
  label: string,
  { layer_found: found, layer_missed: missed }: SegmentCounts,
  x: (layer: number) => number,
  colour: string,
  { scale = 1 }: Look,
): ChartDataset {
  const all = (i: number): number => (found[i] ?? 0) + (missed[i] ?? 0);
  const data = layers.map((layer, i): Point => ({
    x: x(layer),
    y: all(i) === 0 ? null : (found[i] ?? 0) / all(i),
  }));
  return {
    type: "line",
    label,
    data,
    showLine: false,
    pointRadius: 3.5 * scale,
    pointHoverRadius: 5 * scale,
    pointBackgroundColor: colour,
    pointBorderColor: colour,
    pointBorderWidth: 0,
    borderColor: colour,
    backgroundColor: colour,
    marks: { errors: layers.map((_, i) => binomialInterval(found[i] ?? 0, all(i))), colour },
  };
}

function efficiencyTable(
  key: string,
  { layer_found: found, layer_missed: missed }: SegmentCounts,
): ChartDataset[] {
  const column = (name: string, of: (i: number) => number | null): ChartDataset => ({
    type: "line",
    label: `${name} of chamber ${key}`,
    data: layers.map((x, i) => ({ x, y: of(i) })),
  });
  const at = (values: readonly number[], i: number): number => values[i] ?? 0;
  const range = (i: number): readonly [number, number] | null =>
    binomialInterval(at(found, i), at(found, i) + at(missed, i));
  return [
    column("efficiency", (i) => (range(i) === null ? null : at(found, i) / (at(found, i) + at(missed, i)))),
    column("low", (i) => range(i)?.[0] ?? null),
    column("high", (i) => range(i)?.[1] ?? null),
    column("found", (i) => at(found, i)),
    column("missed", (i) => at(missed, i)),
  ];
}

function valueAt(datasets: readonly ChartDataset[], label: string, x: number): number | null {
  const own = datasets.find((one) => one.label === label)?.data ?? [];
  return own.find((point) => Math.round(point.x) === Math.round(x))?.y ?? null;
}

const percentWords = (y: number): string => `${Math.round(100 * y)} %`;

function ticksFrom(min: number): number[] {
  const step = min === 0 ? 0.25 : min === 0.5 ? 0.1 : 0.05;
  return Array.from({ length: Math.round((1 - min) / step) + 1 }, (_, i) => min + i * step);
}
