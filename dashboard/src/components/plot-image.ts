/** A plot as a picture that stands for itself: title and what it covers above what is drawn. */
import { fontFamily } from "../charts/frame.js";
import type { Palette } from "../charts/palette.js";

interface Caption {
  title: string;
  /** Lines below the title. */
  lines: readonly string[];
}

const side = 14;

/** The canvas with its caption, on the palette's paper. */
export function captioned(source: HTMLCanvasElement, caption: Caption, palette: Palette): HTMLCanvasElement {
  const ratio = source.width / Math.max(1, source.clientWidth);
  const head = (30 + 17 * caption.lines.length) * ratio;
  const copy = document.createElement("canvas");
  [copy.width, copy.height] = [source.width + 2 * side * ratio, source.height + head + side * ratio];
  const context = copy.getContext("2d");
  if (context === null) return copy;
  context.fillStyle = palette.paper;
  context.fillRect(0, 0, copy.width, copy.height);
  context.fillStyle = palette.total;
  context.font = `600 ${15 * ratio}px ${fontFamily}`;
  context.fillText(caption.title, side * ratio, 24 * ratio);
  context.fillStyle = palette.text;
  context.font = `400 ${11.5 * ratio}px ${fontFamily}`;
  caption.lines.forEach((line, i) => context.fillText(line, side * ratio, (42 + 17 * i) * ratio));
  context.drawImage(source, side * ratio, head);
  return copy;
}
