/** Drift times: a box from 0 to about 390 ns when offsets and gas are right. */
import type { ChamberPicture, Picture } from "../live/picture.js";
import { bars, outline } from "./bars.js";
import { frame } from "./frame.js";
import { boxEndNs, chamberLabel } from "./names.js";
import { chamberColour, paletteOf } from "./palette.js";
import { compared, comparedOutlines, type Expected } from "./reference.js";
import type { ChartDataset, ChartSpec, HistogramFacts, Look, Marks, Point } from "./spec.js";
import { countError, factsOf } from "./statistics.js";

/** One chamber. */
export function driftTimeChart(picture: Picture | null, chamber: number, look: Look): ChartSpec {
  const one = picture?.chambers[chamber];
  const colour = chamberColour(look.dark, chamber);
  const expected = expectedOf(look, chamber, one);
  const end = boxEndNs(look, chamber);
  if (one === undefined) return driftSpec([], [], end, look, false);
  const datasets: ChartDataset[] = [
    { ...bars("hits", colour, binCentres(one), look.log), marks: outsideOf(one, end, look) },
    ...compared(binCentres(one), expected, look),
  ];
  return driftSpec(datasets, [one], end, look, expected.length > 0);
}

/** All chambers as outlines. */
export function driftTimeOverviewChart(picture: Picture | null, look: Look): ChartSpec {
  const end = boxEndNs(look, null);
  const datasets = (picture?.chambers ?? []).map((one, chamber) => ({
    ...outline(chamberLabel(look, chamber), chamberColour(look.dark, chamber), binCentres(one), look),
    ...(chamber === 0 ? { marks: boxWords(end) } : {}),
  }));
  const references = (picture?.chambers ?? []).flatMap((one, chamber) =>
    comparedOutlines(
      chamberLabel(look, chamber),
      chamberColour(look.dark, chamber),
      expectedOf(look, chamber, one),
      look,
    ),
  );
  return driftSpec([...datasets, ...references], picture?.chambers ?? [], end, look, false);
}

/** References with other bins cannot be drawn. */
function expectedOf(look: Look, chamber: number, one: ChamberPicture | undefined): Expected[] {
  return (look.references ?? []).flatMap(({ name, picture, scale }) => {
    const reference = picture.chambers[chamber];
    if (reference === undefined || !sameAxis(reference, one)) return [];
    return [{ name, points: binCentres(reference), scale }];
  });
}

function sameAxis(reference: ChamberPicture, one: ChamberPicture | undefined): boolean {
  const [a, b] = [reference.driftEdges, one?.driftEdges ?? []];
  return a.length === b.length && a[0] === b[0] && a.at(-1) === b.at(-1);
}

function driftSpec(
  datasets: ChartDataset[],
  chambers: readonly ChamberPicture[],
  boxEnd: number,
  look: Look,
  ratio: boolean,
): ChartSpec {
  const [one] = chambers;
  const edges = one?.driftEdges ?? [0, 1000];
  const facts = chambers.length === 1 ? chambers.map(driftFacts) : [];
  const width = (edges[1] ?? 0) - (edges[0] ?? 0);
  return {
    type: "bar",
    data: { datasets },
    facts,
    unit: "ns",
    options: frame(look, {
      x: {
        title: "drift time (ns)",
        min: edges[0] ?? 0,
        max: chambers.length === 0 ? 1000 : Math.max(...chambers.map((one) => axisEnd(one, boxEnd))),
      },
      yTitle: `hits / ${width} ns`,
      ratio,
      titleWords: (x) => `${x - width / 2} to ${x + width / 2} ns`,
      annotations: { box: expectedBox(boxEnd, look) },
      lineAbove: true,
    }),
  };
}

/** Fraction of the hits that may be beyond the axis. */
const beyondShare = 0.01;
/** Range beyond the box, to show its edge, ns. */
const edgeRoomNs = 100;

/** The end of the axis: the box with its edge, or the full range if more than a few hits are beyond. */
function axisEnd({ driftEdges: edges, drift }: ChamberPicture, boxEnd: number): number {
  const last = edges.at(-1) ?? 1000;
  const end = edges.find((edge) => edge >= boxEnd + edgeRoomNs) ?? last;
  const beyond = drift.reduce((sum, hits, i) => sum + ((edges[i] ?? 0) >= end ? hits : 0), 0);
  const all = drift.reduce((sum, hits) => sum + hits, 0);
  return beyond > beyondShare * all ? last : end;
}

function outsideOf(one: ChamberPicture, boxEnd: number, look: Look): Marks {
  const end = axisEnd(one, boxEnd);
  const hidden = one.drift.reduce((sum, hits, i) => sum + ((one.driftEdges[i] ?? 0) >= end ? hits : 0), 0);
  return {
    ...boxWords(boxEnd),
    outside: { under: one.driftUnderflow, over: one.driftOverflow + hidden },
    errors: one.drift.map(countError),
    colour: paletteOf(look.dark).muted,
  };
}

function driftFacts({
  driftEdges: edges,
  drift,
  driftUnderflow,
  driftOverflow,
}: ChamberPicture): HistogramFacts {
  const [lower, upper] = [edges[0] ?? 0, edges.at(-1) ?? 1000];
  const counts = { lower, upper, hist_counts: drift, underflow: driftUnderflow, overflow: driftOverflow };
  return factsOf("hits", counts);
}

function binCentres({ driftEdges, drift }: ChamberPicture): Point[] {
  return drift.map((y, i) => ({ x: ((driftEdges[i] ?? 0) + (driftEdges[i + 1] ?? 0)) / 2, y }));
}

/** Marks the range of physical drift times, from the wire to half a cell away. */
function expectedBox(boxEnd: number, look: Look): Record<string, unknown> {
  const { band } = paletteOf(look.dark);
  const range = { xMin: 0, xMax: boxEnd };
  return { type: "box", ...range, backgroundColor: band, borderWidth: 0, drawTime: "beforeDatasetsDraw" };
}

/** The range in words, above the end of the box: in the box, curves would cross it. */
function boxWords(boxEnd: number): Pick<Marks, "above"> {
  return { above: { x: boxEnd, words: `0–${Math.round(boxEnd)} ns` } };
}
