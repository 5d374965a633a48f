/** An event as an SVG file. */
import type { PlotOrigin } from "../components/chart-export.js";
import { fontFamily } from "../charts/frame.js";
import type { Palette } from "../charts/palette.js";
import type { Drawing } from "./geometry.js";
import type { Shape } from "./shapes.js";

/** @param lines description and origin, above the picture */
export function svgFile(
  shapes: readonly Shape[],
  { width, height }: Pick<Drawing, "width" | "height">,
  lines: readonly string[],
  palette: Palette,
  origin: PlotOrigin,
): string {
  const head = 30 * lines.length + 16;
  const caption = lines.map(
    (line, i) =>
      `<text x="16" y="${30 * (i + 1)}" font-size="20" fill="${palette.text}">${escaped(line)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 ${-head} ${width} ${height + head}" font-family="${escaped(fontFamily)}">`,
    `<desc>${escaped(JSON.stringify(origin))}</desc>`,
    `<rect y="${-head}" width="${width}" height="${height + head}" fill="${palette.paper}"/>`,
    `<g transform="translate(0 ${-head})">${caption.join("")}</g>`,
    ...shapes.map(element),
    "</svg>",
    "",
  ].join("\n");
}

function element({ tag, attributes, text }: Shape): string {
  const words = Object.entries(attributes).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return `<${tag} ${words.join(" ")}${text === undefined ? "/>" : `>${escaped(text)}</${tag}>`}`;
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
