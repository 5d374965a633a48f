/**
 * The plot that shows a finding, as a chart for evidence and wall. It is the plot that opens with a click on the
 * alarm; live/fault-view assigns plots to rules.
 */
import type { Finding, MuonCounts } from "../../../pipeline/model/index.js";
import { faultView } from "../live/fault-view.js";
import type { Picture } from "../live/picture.js";
import { capital } from "../words/findings.js";
import { plotTexts, type PlotKind } from "../words/plots.js";
import { cellEfficiencyChart, cellNoiseChart } from "./cell-values.js";
import { chamberLabel } from "./names.js";
import { driftTimeChart, driftTimeOverviewChart } from "./drift-time.js";
import { efficiencyChart, segmentChart, segmentPlots, type MuonLook, type SegmentPlotKind } from "./muons.js";
import { occupancyChart, occupancyOverviewChart } from "./occupancy.js";
import { bxBitsChart, bxChart, tdcChart } from "./read-out.js";
import type { ChartSpec, Look } from "./spec.js";
import { wordChart, type WordPlotKind } from "./words.js";

const readOutCharts = { tdc: tdcChart, bx: bxChart, bxbits: bxBitsChart };

interface FindingPlot {
  kind: PlotKind;
  title: string;
  spec: ChartSpec;
}

/** Data of a plot; muon counts are requested only if it needs them. */
export interface FindingData {
  picture: Picture | null;
  counts: () => MuonCounts | null;
  lookWith: (look: Look, chamber: number | null) => MuonLook;
}

/** Null if the finding shows in the rate plot, which is always on the page, or in a list of rows. */
export function plotOfFinding(
  finding: Finding,
  { picture, counts, lookWith }: FindingData,
  look: Look,
): FindingPlot | null {
  const { at = null, chamber = null } = faultView(finding);
  const [name = "", ...numbers] = (at ?? "").split("-");
  const number = Number(numbers.at(-1));
  const of = (kind: PlotKind, place: string, spec: ChartSpec): FindingPlot => ({
    kind,
    title: place === "" ? plotTexts[kind].title : `${plotTexts[kind].title} · ${place}`,
    spec,
  });
  const nameOf = (one: number): string => capital(chamberLabel(look, one));
  const inChamber = chamber === null ? "" : nameOf(chamber);
  const muons = lookWith(look, chamber);
  if (at === "occupancy") return of("occupancy", "", occupancyOverviewChart(picture, look));
  // The read-out table shows the timing sources.
  if (at === "drift" || at === "read-out") return of("drift", "", driftTimeOverviewChart(picture, look));
  if (name === "occupancy")
    return of("occupancy", nameOf(number), occupancyChart(picture, number, "all", look));
  if (name === "drift") return of("drift", nameOf(number), driftTimeChart(picture, number, look));
  if (name === "efficiency") return of("efficiency", inChamber, efficiencyChart(counts(), muons));
  if (name in segmentPlots) {
    const kind = name as SegmentPlotKind;
    return of(kind, inChamber, segmentChart(kind, counts(), muons));
  }
  if (name === "cellefficiency")
    return of("cellefficiency", nameOf(number), cellEfficiencyChart(counts(), number, look));
  if (name === "cellnoise") {
    const seconds = (picture?.durationMs ?? 0) / 1000;
    return of("cellnoise", nameOf(number), cellNoiseChart(counts(), number, seconds, look));
  }
  if (name in readOutCharts) {
    const kind = name as keyof typeof readOutCharts;
    return of(kind, `FPGA ${number}`, readOutCharts[kind](counts(), String(number), muons));
  }
  if (name === "word")
    return of(
      "words",
      `FPGA ${number}`,
      wordChart(numbers[0] as WordPlotKind, counts(), String(number), muons),
    );
  return null;
}
