/** An event as plain SVG shapes, for the page and for files. */
import {
  cellHeightMm,
  cellOf,
  cellsPerChamber,
  cellsPerLayer,
  cellWidthMm,
  layersPerChamber,
  leftWallMm,
  rightWallMm,
  wirePositionMm,
  type MuonSegment,
} from "../../../pipeline/model/index.js";
import { chamberColour, fade, paletteOf } from "../charts/palette.js";
import { count, fixed } from "../words/format.js";
import type { MuonEvent } from "./events.js";
import { cell, toDrawing, type ChamberPlace, type Drawing } from "./geometry.js";

export interface Shape {
  tag: "rect" | "line" | "circle" | "text" | "path";
  attributes: Readonly<Record<string, string | number>>;
  text?: string;
}

/** All shapes of a drawing, back to front. */
export function eventShapes(event: MuonEvent | null, drawing: Drawing, dark: boolean): Shape[] {
  return [
    ...drawing.columns.map(({ rotated, x }) =>
      text(rotated ? "View y" : "View x", x, 24, 24, paletteOf(dark).muted, "600"),
    ),
    ...drawing.places.flatMap((place) => {
      const segments = (event?.segments ?? []).filter(({ chamber }) => chamber === place.chamber);
      return [
        ...chamberShapes(place, segments, dark),
        ...segments.flatMap((segment) => segmentShapes(place, segment, dark)),
      ];
    }),
  ];
}

function chamberShapes(place: ChamberPlace, segments: readonly MuonSegment[], dark: boolean): Shape[] {
  const { text: ink, muted, paper } = paletteOf(dark);
  const colour = chamberColour(dark, place.chamber);
  const hit = new Set(segments.flatMap(({ cells }) => cells));
  const cells = Array.from({ length: cellsPerChamber }, (_, number): Shape => {
    const { x, z } = wirePositionMm(number);
    const corner = toDrawing(place, x - cellWidthMm / 2, z + cellHeightMm / 2);
    const fill = hit.has(number) ? fade(colour, 0.35) : paper;
    const size = { width: cell.width, height: cell.height };
    return { tag: "rect", attributes: { ...corner, ...size, fill, stroke: muted, "stroke-width": 0.8 } };
  });
  const masks = place.masked.map((number) => maskShape(place, number, muted));
  const wires = Array.from({ length: cellsPerChamber }, (_, number): Shape => {
    const { x, z } = wirePositionMm(number);
    return circle(toDrawing(place, x, z), 1.6, muted);
  });
  const left = toDrawing(place, leftWallMm, nameZ);
  const name = `Chamber ${place.name} · z ${count(place.heightMm)} mm`;
  return [
    ...cells,
    ...masks,
    ...wires,
    text(name, left.x, left.y, 22, ink, "600"),
    ...segmentWords(place, segments, dark),
  ];
}

/** A masked cell: a thin cross over the whole cell. */
function maskShape(place: ChamberPlace, number: number, colour: string): Shape {
  const wire = wirePositionMm(number);
  const { x, y } = toDrawing(place, wire.x, wire.z);
  const [wide, high] = [cell.width / 2 - 4, cell.height / 2 - 4];
  const d = `M${x - wide} ${y - high}L${x + wide} ${y + high}M${x - wide} ${y + high}L${x + wide} ${y - high}`;
  return { tag: "path", attributes: { d, stroke: colour, "stroke-width": 1, fill: "none" } };
}

/** Heights of the text above a chamber, mm from its centre. */
const nameZ = 3.15 * cellHeightMm;
const wordsZ = 2.4 * cellHeightMm;

/** Slope, position and times of the first segment, above the right end of the chamber. */
function segmentWords(place: ChamberPlace, segments: readonly MuonSegment[], dark: boolean): Shape[] {
  const [first, ...others] = segments;
  if (first === undefined) return [];
  const { tan, x_mm: x, t0_ns: t0, residual_mm: residual, timing_ns: timing } = first;
  // The residual of three hits has no meaning: a line always fits them.
  const quality = first.sides.includes("-") ? "3 hits" : `residual ${residual.toFixed(2)} mm`;
  const more = others.length === 0 ? "" : ` · ${others.length} more`;
  const timed = timing === null ? "no timing signal" : `${fixed(timing, 0)} ns to timing`;
  const lines = [
    { z: nameZ, words: `t0 ${count(t0)} ns · ${timed}${more}` },
    { z: wordsZ, words: `tan ${fixed(tan, 3)} · x ${fixed(x, 1)} mm · ${quality}` },
  ];
  return lines.map(({ z, words }) => {
    const at = toDrawing(place, rightWallMm, z);
    const shape = text(words, at.x, at.y, 20, paletteOf(dark).text);
    return { ...shape, attributes: { ...shape.attributes, "text-anchor": "end" } };
  });
}

/** The line, both possible points of each hit, and a cross for a missing hit. */
function segmentShapes(place: ChamberPlace, segment: MuonSegment, dark: boolean): Shape[] {
  const { total, mark } = paletteOf(dark);
  const shapes: Shape[] = [];
  segment.cells.forEach((number, i) => {
    const layer = i + 1;
    const drift = segment.drift_ns[i] ?? null;
    if (number === null || drift === null) shapes.push(...missing(place, segment, layer, mark));
    else shapes.push(...bothPoints(place, number, drift, segment.sides[i] ?? "-", total));
  });
  const end = (layersPerChamber / 2 + 0.25) * cellHeightMm;
  const [low, high] = [-end, end].map((z) => toDrawing(place, segment.x_mm + segment.tan * z, z)) as [At, At];
  const line = { x1: low.x, y1: low.y, x2: high.x, y2: high.y, stroke: total, "stroke-width": 2.5 };
  return [{ tag: "line", attributes: line }, ...shapes];
}

interface At {
  x: number;
  y: number;
}

/** The points on both sides of the wire: filled on the side used by the segment, hollow on the other. */
function bothPoints(
  place: ChamberPlace,
  number: number,
  driftNs: number,
  side: string,
  colour: string,
): Shape[] {
  const { x, z } = wirePositionMm(number);
  const distance = (place.driftVelocityUmPerNs * driftNs) / 1000;
  return (["L", "R"] as const).map((one) => {
    const at = toDrawing(place, x + (one === "L" ? -distance : distance), z);
    const attributes = { cx: at.x, cy: at.y, r: 5, stroke: colour, "stroke-width": 1.6 };
    return { tag: "circle", attributes: { ...attributes, fill: one === side ? colour : "none" } };
  });
}

/** A cross at the cell that the line crosses without a hit; nothing outside the cells. */
function missing(place: ChamberPlace, segment: MuonSegment, layer: number, colour: string): Shape[] {
  const { x: first, z } = wirePositionMm(cellOf(layer, 0));
  const wire = Math.round((segment.x_mm + segment.tan * z - first) / cellWidthMm);
  if (wire < 0 || wire >= cellsPerLayer) return [];
  const { x, y } = toDrawing(place, first + wire * cellWidthMm, z);
  const d = `M${x - 9} ${y - 9}L${x + 9} ${y + 9}M${x - 9} ${y + 9}L${x + 9} ${y - 9}`;
  return [{ tag: "path", attributes: { d, stroke: colour, "stroke-width": 4, fill: "none" } }];
}

function circle({ x, y }: At, r: number, fill: string): Shape {
  return { tag: "circle", attributes: { cx: x, cy: y, r, fill } };
}

function text(words: string, x: number, y: number, size: number, fill: string, weight = "400"): Shape {
  return { tag: "text", attributes: { x, y, fill, "font-size": size, "font-weight": weight }, text: words };
}

/**
 * The event as text for screen readers: one phrase for each segment.
 * @param nameOf name of a chamber
 */
export function eventWords(
  { orbit, segments }: MuonEvent,
  nameOf = (chamber: number): string => String(chamber),
): string {
  const each = segments.map(({ chamber, sides, tan, x_mm: x }) => {
    const hits = sides.replaceAll("-", "").length;
    return `chamber ${nameOf(chamber)}: ${hits} hits, tan ${fixed(tan, 3)}, x ${fixed(x, 1)} mm`;
  });
  return `Orbit ${orbit}; ${each.join("; ")}`;
}
