/** Number of active channels of a chamber: per orbit, and as a distribution. */
import type { WindowMessage } from "../../../pipeline/model/index.js";
import type { ChamberPicture, Picture } from "../live/picture.js";
import { count } from "../words/format.js";
import { bars, outline } from "./bars.js";
import { frame } from "./frame.js";
import { compared, comparedOutlines, type Expected } from "./reference.js";
import { wholeTicks } from "./ticks.js";
import { chamberColour, fade } from "./palette.js";
import { chamberLabel } from "./names.js";
import type { ChartSpec, Look } from "./spec.js";

/** Minimum upper end of the multiplicity axis. */
const usualMultiplicity = 12;

/** Active channels vs orbit of one window; orbits are counted from its first. */
export function activeChannelsChart(message: WindowMessage | null, chamber: number, look: Look): ChartSpec {
  const active = message?.active_tdc_chamber[String(chamber)];
  const first = message?.orbit_first ?? 0;
  const colour = chamberColour(look.dark, chamber);
  const data = (active?.bin_edges ?? []).map((orbit, i) => ({
    x: orbit - first,
    y: active?.hist_counts[i] ?? 0,
  }));
  const width = active?.orbits_per_bin ?? 1;
  return {
    type: "line",
    data: { datasets: [{ type: "line", label: "active channels", data, ...dots(colour, look) }] },
    options: frame(look, {
      x: { title: `orbit after ${count(first)}`, min: 0, max: (message?.orbit_last ?? 1) - first + 1 },
      yTitle: width === 1 ? "active channels" : `active per ${width} orbits`,
      titleWords: (x) => orbitWords(first + x, width),
    }),
  };
}

/** Number of orbits vs number of distinct active channels, for one chamber. */
export function multiplicityChart(picture: Picture | null, chamber: number, look: Look): ChartSpec {
  const one = picture?.chambers[chamber];
  const colour = chamberColour(look.dark, chamber);
  const expected = expectedOf(look, chamber);
  if (one === undefined) return multiplicitySpec([], [], look);
  const datasets = [bars("orbits", colour, points(one), look.log), ...compared(points(one), expected, look)];
  return multiplicitySpec(datasets, [one], look, expected.length > 0);
}

/** The same for all chambers, as outlines. */
export function multiplicityOverviewChart(picture: Picture | null, look: Look): ChartSpec {
  const chambers = picture?.chambers ?? [];
  const datasets = chambers.map((one, chamber) =>
    outline(chamberLabel(look, chamber), chamberColour(look.dark, chamber), points(one), look),
  );
  const references = chambers.flatMap((_, chamber) =>
    comparedOutlines(
      chamberLabel(look, chamber),
      chamberColour(look.dark, chamber),
      expectedOf(look, chamber),
      look,
    ),
  );
  return multiplicitySpec([...datasets, ...references], chambers, look);
}

function expectedOf(look: Look, chamber: number): Expected[] {
  return (look.references ?? []).flatMap(({ name, picture, scale }) => {
    const one = picture.chambers[chamber];
    return one === undefined ? [] : [{ name, points: points(one), scale }];
  });
}

function multiplicitySpec(
  datasets: ChartSpec["data"]["datasets"],
  chambers: ChamberPicture[],
  look: Look,
  ratio = false,
): ChartSpec {
  const highest = Math.max(
    usualMultiplicity,
    ...chambers.map(({ multiplicity }) => multiplicity.findLastIndex((orbits) => orbits > 0)),
  );
  return {
    type: "bar",
    data: { datasets },
    options: frame(look, {
      x: {
        title: "active channels in an orbit",
        min: 0.5,
        max: highest + 0.5,
        ticksBetween: (min, max) => wholeTicks(min, max, 12),
      },
      yTitle: "orbits",
      ratio,
      titleWords: (x) => `${x} active ${x === 1 ? "channel" : "channels"}`,
    }),
  };
}

/** Only orbits with a hit are counted, so element 0 is left out. */
function points({ multiplicity }: ChamberPicture): { x: number; y: number }[] {
  return multiplicity.map((y, x) => ({ x, y })).slice(1);
}

function dots(colour: string, { scale = 1 }: Look): Record<string, unknown> {
  return {
    showLine: false,
    pointRadius: 1.7 * scale,
    pointHoverRadius: 4 * scale,
    pointBackgroundColor: fade(colour, 0.75),
    pointBorderWidth: 0,
    borderColor: colour,
    backgroundColor: colour,
  };
}

function orbitWords(orbit: number, width: number): string {
  return width === 1 ? `orbit ${count(orbit)}` : `orbits ${count(orbit)} to ${count(orbit + width - 1)}`;
}
