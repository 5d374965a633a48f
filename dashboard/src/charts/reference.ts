/** A picture beside the reference: scaled to the same time, drawn over it, and divided by it. */
import type { ChamberPicture, Picture } from "../live/picture.js";
import { outline } from "./bars.js";
import { paletteOf } from "./palette.js";
import type { ChartDataset, Look, Point } from "./spec.js";

/** What the reference would give in the time that the picture covers; null when one of them covers none. */
export function scaledTo(picture: Picture | null, reference: Picture | null): Picture | null {
  if (picture === null || reference === null || reference.durationMs <= 0) return null;
  const factor = picture.durationMs / reference.durationMs;
  return {
    ...reference,
    durationMs: picture.durationMs,
    hits: reference.hits * factor,
    orbits: reference.orbits * factor,
    scintOrbits: reference.scintOrbits * factor,
    chambers: reference.chambers.map((chamber) => scaleChamber(chamber, factor)),
    scale: factor,
  };
}

function scaleChamber(chamber: ChamberPicture, factor: number): ChamberPicture {
  const scale = (values: readonly number[]): number[] => values.map((value) => value * factor);
  return {
    ...chamber,
    hits: chamber.hits * factor,
    channels: scale(chamber.channels),
    scintChannels: scale(chamber.scintChannels),
    drift: scale(chamber.drift),
    driftUnderflow: chamber.driftUnderflow * factor,
    driftOverflow: chamber.driftOverflow * factor,
    multiplicity: scale(chamber.multiplicity),
  };
}

/** The reference as an outline over the bars, and the ratio in the pad below; nothing without points. */
export function compared(points: Point[], expected: Point[] | undefined, look: Look): ChartDataset[] {
  if (expected === undefined) return [];
  const { total, mark } = paletteOf(look.dark);
  return [
    {
      ...outline("reference", total, expected, look),
      borderDash: [4, 3],
      borderWidth: 1.3,
    },
    ratioDataset(mark, ratioOf(points, expected), look),
  ];
}

/** The same for several chambers in one plot: each in its colour. */
export function comparedOutline(name: string, colour: string, expected: Point[], look: Look): ChartDataset {
  return {
    ...outline(`reference of ${name}`, colour, expected, look),
    borderDash: [3, 3],
    borderWidth: look.scale ?? 1,
  };
}

/** Points of the ratio; none where the reference expects less than one entry. */
function ratioOf(points: readonly Point[], expected: readonly Point[]): Point[] {
  const places = new Map(expected.map(({ x, y }) => [x, y]));
  return points.map(({ x, y }) => {
    const want = places.get(x) ?? 0;
    return { x, y: want < 1 ? null : (y ?? 0) / want };
  });
}

function ratioDataset(colour: string, data: Point[], { scale = 1 }: Look): ChartDataset {
  return {
    type: "line",
    label: "ratio",
    data,
    yAxisID: "ratio",
    showLine: false,
    pointRadius: 1.6 * scale,
    pointHoverRadius: 3 * scale,
    pointBackgroundColor: colour,
    pointBorderWidth: 0,
    borderColor: colour,
    backgroundColor: colour,
  };
}
