/** A plot as a self-contained picture: title and covered time above the plot. */
import { fontFamily } from "../charts/frame.js";
import type { Palette } from "../charts/palette.js";

export interface Caption {
  title: string;
  /** Lines below the title; long ones are wrapped. */
  lines: readonly string[];
}

const side = 14;

/**
 * The canvas with its caption, on the palette's paper colour.
 * @param ratio device pixels of the canvas per CSS pixel
 */
export function captioned(
  source: HTMLCanvasElement,
  caption: Caption,
  palette: Palette,
  ratio = source.width / Math.max(1, source.clientWidth),
): HTMLCanvasElement {
  const copy = document.createElement("canvas");
  const context = copy.getContext("2d");
  if (context === null) return copy;
  const titleFont = `600 ${15 * ratio}px ${fontFamily}`;
  const lineFont = `400 ${11.5 * ratio}px ${fontFamily}`;
  context.font = titleFont;
  const titles = wrapped(context, caption.title, source.width);
  context.font = lineFont;
  const lines = caption.lines.flatMap((line) => wrapped(context, line, source.width));
  const head = (10 + 20 * titles.length + 17 * lines.length) * ratio;
  [copy.width, copy.height] = [source.width + 2 * side * ratio, source.height + head + side * ratio];
  context.fillStyle = palette.paper;
  context.fillRect(0, 0, copy.width, copy.height);
  context.fillStyle = palette.total;
  context.font = titleFont;
  titles.forEach((line, i) => context.fillText(line, side * ratio, (24 + 20 * i) * ratio));
  context.fillStyle = palette.text;
  context.font = lineFont;
  const first = 22 + 20 * titles.length;
  lines.forEach((line, i) => context.fillText(line, side * ratio, (first + 17 * i) * ratio));
  context.drawImage(source, side * ratio, head);
  return copy;
}

/** Wraps a text; breaks words that are longer than a line. */
function wrapped(context: CanvasRenderingContext2D, text: string, width: number): string[] {
  const fits = (line: string): boolean => context.measureText(line).width <= width;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (fits(longer)) line = longer;
    else {
      if (line !== "") lines.push(line);
      line = word;
      while (!fits(line) && line.length > 1) {
        const length = longestFitting(line, fits);
        lines.push(line.slice(0, length));
        line = line.slice(length);
      }
    }
  }
  return [...lines, line];
}

function longestFitting(word: string, fits: (text: string) => boolean): number {
  let length = 1;
  while (length < word.length && fits(word.slice(0, length + 1))) length += 1;
  return length;
}
