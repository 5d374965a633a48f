/** Chambers that can be compared with each other. */
import type { ChamberConfig, DetectorConfig, PlateConfig } from "../../model/index.js";

/** A line through the segments of `from` is compared with the segments of `to`. */
export interface ChamberPair {
  name: string;
  /** One chamber, or the two neighbours of `to`. */
  from: number[];
  to: number;
}

/** Ordered pairs of the same view, then each chamber between two others of its view, named lower-middle-upper. */
export function pairsOf(chambers: readonly ChamberConfig[]): ChamberPair[] {
  const pairs = chambers.flatMap((first, from) =>
    chambers.flatMap((second, to): ChamberPair[] =>
      from !== to && first.rotated === second.rotated ? [{ name: `${from}-${to}`, from: [from], to }] : [],
    ),
  );
  return [...pairs, ...[false, true].flatMap((rotated) => triplesOf(chambers, rotated))];
}

function triplesOf(chambers: readonly ChamberConfig[], rotated: boolean): ChamberPair[] {
  const ofView = chambers
    .map((chamber, number) => ({ ...chamber, number }))
    .filter((chamber) => chamber.rotated === rotated)
    .sort((a, b) => a.heightMm - b.heightMm || a.number - b.number)
    .map(({ number }) => number);
  return ofView.slice(1, -1).map((to, i) => {
    const from = [ofView[i] as number, ofView[i + 2] as number];
    return { name: [from[0], to, from[1]].join("-"), from, to };
  });
}

/** A plate with the nearest chamber of each view; null if there is only one view. */
export function plateChambersOf(
  { chambers }: DetectorConfig,
  plate: PlateConfig,
): (PlateConfig & { chambers: number[] }) | null {
  const nearest = [false, true].flatMap((rotated) => {
    const ofView = chambers
      .map(({ heightMm, ...chamber }, number) => ({
        number,
        heightMm,
        rotated: chamber.rotated,
        distance: Math.abs(heightMm - plate.heightMm),
      }))
      .filter((chamber) => chamber.rotated === rotated)
      .sort((a, b) => a.distance - b.distance || a.heightMm - b.heightMm || a.number - b.number);
    return ofView.slice(0, 1).map(({ number }) => number);
  });
  return nearest.length === 2 ? { ...plate, chambers: nearest } : null;
}
