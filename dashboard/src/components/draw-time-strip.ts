/** Draws the states of lights, alarms and remarks along a time axis. Each state has its own shape and colour. */
import type { LightHistory, QualityState } from "../../../pipeline/model/index.js";
import { fontFamily } from "../charts/frame.js";
import { paletteOf } from "../charts/palette.js";
import { lightLetters, type TimeAxis, type TimeMark } from "../live/time-marks.js";
import { dark, light } from "../themes.js";

interface StripColours {
  states: Record<QualityState, string>;
  remark: string;
  text: string;
}

export function stripColours(isDark: boolean): StripColours {
  const { success: good, warning, error: bad, secondary, primary: remark } = (isDark ? dark : light).colors;
  const states = { good, warning, bad, few: secondary, none: secondary };
  return { states, remark, text: paletteOf(isDark).text };
}

interface StripContent {
  lights: readonly LightHistory[];
  /** Names of the chambers; default: their numbers. */
  names?: readonly string[];
  marks: readonly TimeMark[];
  axis: TimeAxis;
}

/** Sizes, px on a standard screen. */
const markRow = 10;
const lightRow = 9;
/** Alarms and remarks have a row each, from the top, so that none hides another of the same time. */
const markKinds: readonly TimeMark["kind"][] = ["alarm", "remark"];
const marksHeight = markKinds.length * markRow;
/** Minimum width of the newest state. */
const newestWidth = 5;

/** Fraction of the row's height, by state: good is a thin line, states that need attention are thick. */
const thickness: Record<QualityState, number> = { good: 0.3, warning: 0.72, bad: 1, few: 0.3, none: 0.14 };

export function stripHeight({ lights }: Pick<StripContent, "lights">): number {
  return marksHeight + lights.length * lightRow;
}

/** The row at a height from the top: a kind of marks, or a light by its index. */
export function stripRowAt(y: number): TimeMark["kind"] | number {
  return markKinds[Math.floor(y / markRow)] ?? Math.floor((y - marksHeight) / lightRow);
}

export function drawStrip(
  context: CanvasRenderingContext2D,
  { lights, names, marks, axis }: StripContent,
  colours: StripColours,
  scale: number,
): void {
  const at = (ms: number): number =>
    axis.left + ((axis.right - axis.left) * (ms - axis.fromMs)) / Math.max(1, axis.toMs - axis.fromMs);
  const clipped = (ms: number): number => Math.min(axis.right, Math.max(axis.left, at(ms)));
  marks.forEach((mark) =>
    drawMark(context, mark, at(mark.fromMs), clipped(mark.toMs ?? mark.fromMs), axis, colours, scale),
  );
  context.font = `${8 * scale}px ${fontFamily}`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillStyle = colours.text;
  context.fillText("UTC", axis.left - 5 * scale, (marksHeight * scale) / 2);
  lights.forEach(({ light, spans }, row) => {
    const middle = (marksHeight + (row + 0.5) * lightRow) * scale;
    context.fillStyle = colours.text;
    context.fillText(lightLetters(light, names), axis.left - 5 * scale, middle);
    for (const [i, { from_ms, to_ms, state }] of spans.entries()) {
      const end = clipped(to_ms);
      // The state at the end is always visible, even if it has just begun.
      const isAtEnd = i === spans.length - 1 && to_ms >= axis.toMs;
      const x = isAtEnd ? Math.min(clipped(from_ms), end - newestWidth * scale) : clipped(from_ms);
      const height = thickness[state] * (lightRow - 1) * scale;
      context.fillStyle = colours.states[state];
      if (end > x) context.fillRect(x, middle - height / 2, Math.max(1, end - x), height);
    }
  });
}

/** An alarm is a triangle with a line over its duration, a remark a diamond. */
function drawMark(
  context: CanvasRenderingContext2D,
  mark: TimeMark,
  x: number,
  end: number,
  axis: TimeAxis,
  colours: StripColours,
  scale: number,
): void {
  const [middle, size] = [(markKinds.indexOf(mark.kind) + 0.5) * markRow * scale, 3.6 * scale];
  context.fillStyle = mark.kind === "remark" ? colours.remark : colours.states[mark.state];
  const start = Math.max(axis.left, x);
  if (mark.toMs !== null && end > start)
    context.fillRect(start, middle - 0.75 * scale, end - start, 1.5 * scale);
  if (x < axis.left || x > axis.right) return;
  const corners: [number, number][] =
    mark.kind === "remark"
      ? [
          [x, middle - size],
          [x + size, middle],
          [x, middle + size],
          [x - size, middle],
        ]
      : [
          [x - size, middle - size],
          [x + size, middle - size],
          [x, middle + size],
        ];
  context.beginPath();
  corners.forEach(([cx, cy], i) => (i === 0 ? context.moveTo(cx, cy) : context.lineTo(cx, cy)));
  context.closePath();
  context.fill();
}
