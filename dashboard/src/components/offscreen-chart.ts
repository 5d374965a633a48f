/** Charts as pictures for print: drawn off screen, in light colours and at a fixed size, independent of the page. */
import type { LightHistory } from "../../../pipeline/model/index.js";
import { paletteOf } from "../charts/palette.js";
import type { ChartSpec, Look } from "../charts/spec.js";
import type { TimeMark } from "../live/time-marks.js";
import { createChart } from "./chart-update.js";
import { drawStrip, stripColours, stripHeight } from "./draw-time-strip.js";
import { captioned, type Caption } from "./plot-image.js";

const ratio = 2;
const size = { width: 900, height: 330 };

/** Appearance of charts for print. */
export const paperLook: Look = { dark: false, log: false, scale: 1 };

interface Strip {
  lights: readonly LightHistory[];
  marks: readonly TimeMark[];
}

/** PNG as a data URL. */
export function paperPicture(spec: ChartSpec, caption: Caption, strip?: Strip): string {
  const extra = strip === undefined ? 0 : stripHeight(strip) + 4;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [size.width, size.height];
  const options = { ...spec.options, responsive: false, devicePixelRatio: ratio };
  const chart = createChart(canvas, { ...spec, options });
  const whole = document.createElement("canvas");
  [whole.width, whole.height] = [canvas.width, canvas.height + extra * ratio];
  const context = whole.getContext("2d");
  if (context !== null) {
    context.drawImage(canvas, 0, 0);
    const { left, right } = chart.chartArea;
    const x = chart.scales["x"];
    context.setTransform(ratio, 0, 0, ratio, 0, size.height * ratio);
    if (strip !== undefined && x !== undefined)
      drawStrip(
        context,
        { ...strip, axis: { fromMs: x.min, toMs: x.max, left, right } },
        stripColours(false),
        1,
      );
  }
  const picture = captioned(whole, caption, paletteOf(false), ratio).toDataURL("image/png");
  chart.destroy();
  return picture;
}
