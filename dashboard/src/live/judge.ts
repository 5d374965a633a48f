/** A first opinion on each chamber, by its own neighbours: silent chambers and layers, dead and hot cells. */
import { layerOfCell, layersPerChamber, type QualityState } from "../../../pipeline/model/index.js";
import type { ChamberPicture, Picture } from "./picture.js";

export interface Judgement {
  light: QualityState;
  /** Why, in words. */
  reason: string;
}

/** So many hits must be expected in a cell before its silence means something. */
export const expectedHits = 20;
/** So many times the middle of its layer makes a cell hot. */
const hotFactor = 8;

/** One judgement per chamber; `recent` covers few windows (silence shows at once), `longer` more (single cells). */
export function judgeChambers(recent: Picture | null, longer: Picture | null): Judgement[] {
  if (recent === null || longer === null) return [];
  const loudest = Math.max(...recent.chambers.map(({ hits }) => hits));
  return recent.chambers.map((chamber, i) => {
    if (chamber.hits === 0) return judgeSilence(loudest);
    return judgeLayers(chamber) ?? judgeCells(longer.chambers[i] ?? chamber);
  });
}

function judgeSilence(loudest: number): Judgement {
  if (loudest === 0) return { light: "none", reason: "no hits in any chamber" };
  if (loudest < expectedHits) return { light: "few", reason: "too few hits to judge" };
  return { light: "bad", reason: "silent while others give hits" };
}

/** A layer without a hit although the other layers say that there should be some. */
function judgeLayers(chamber: ChamberPicture): Judgement | null {
  const sums = layerNumbers.map((layer) => total(cellsOfLayer(chamber.channels, layer)));
  const dead = layerNumbers.filter((_, i) => sums[i] === 0);
  const expected = total(sums) / (layersPerChamber - dead.length);
  if (dead.length === 0 || expected < expectedHits) return null;
  return { light: "bad", reason: `layer ${dead.join(" and ")} dead` };
}

function judgeCells(chamber: ChamberPicture): Judgement {
  const middles = layerNumbers.map((layer) => median(cellsOfLayer(chamber.channels, layer)));
  const middleOf = (cell: number): number => middles[layerOfCell(cell) - 1] ?? 0;
  const cells = chamber.channels.map((hits, cell) => ({ hits, cell, middle: middleOf(cell) }));
  const hot = cells.filter(
    ({ hits, middle }) => hits > expectedHits && hits > hotFactor * Math.max(middle, 1),
  );
  if (hot.length > 0) return { light: "warning", reason: `hot ${cellWords(hot)}` };
  if (median(chamber.channels) < expectedHits) return collecting(median(chamber.channels));
  const dead = cells.filter(({ hits, middle }) => hits === 0 && middle >= expectedHits);
  if (dead.length > 0)
    return { light: dead.length > 6 ? "bad" : "warning", reason: `dead ${cellWords(dead)}` };
  return { light: "good", reason: "all cells alive" };
}

function collecting(hits: number): Judgement {
  return { light: "few", reason: `collecting: ${Math.floor(hits)} of ${expectedHits} hits per cell` };
}

function cellWords(cells: { cell: number }[]): string {
  const named = cells.slice(0, 3).map(({ cell }) => cell);
  const more = cells.length > 3 ? ` and ${cells.length - 3} more` : "";
  return `${cells.length === 1 ? "cell" : "cells"} ${named.join(", ")}${more}`;
}

const layerNumbers = Array.from({ length: layersPerChamber }, (_, i) => i + 1);

function cellsOfLayer(channels: number[], layer: number): number[] {
  return channels.filter((_, cell) => layerOfCell(cell) === layer);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function total(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
