/** The parts of Chart.js that we use; importing this registers them. */
import {
  BarController,
  BarElement,
  Chart,
  Interaction,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from "chart.js";
import annotation from "chartjs-plugin-annotation";
import zoom from "chartjs-plugin-zoom";
import { drawBars } from "./histogram-bars.js";
import { plotMarks } from "./plot-marks.js";

Chart.register(
  BarController,
  BarElement,
  LineController,
  LineElement,
  PointElement,
  LinearScale,
  LogarithmicScale,
  Legend,
  Tooltip,
  annotation,
  zoom,
  plotMarks,
);

// Not a subclass: it would have the same name as its parent, and Chart.js would use the parent.
BarController.prototype.draw = drawBars;

/** Members of the legend's box that its types do not contain. */
interface LegendBox {
  fit: () => void;
  height: number;
  options: { display: boolean; labels: { padding: number } };
}
const legendBox = (Legend as unknown as { _element: { prototype: LegendBox } })._element.prototype;
const fit = Reflect.get(legendBox, "fit");
/** Space that Chart.js leaves below a legend at every scale, px. */
const spaceBelow = 10;

// On the wall, the label of the top tick would touch the legend.
legendBox.fit = function (this: LegendBox): void {
  fit.call(this);
  if (this.options.display) this.height += this.options.labels.padding - spaceBelow;
};

/** Selects the point of every dataset nearest to the pointer along the x axis. */
Interaction.modes.nearestOfEach = (chart, { x }) =>
  chart.getSortedVisibleDatasetMetas().flatMap(({ data, index: datasetIndex }) => {
    let nearest = -1;
    const away = (i: number): number => Math.abs((data[i]?.x ?? Infinity) - (x ?? 0));
    data.forEach((element, i) => {
      if (!("skip" in element && element.skip === true) && (nearest < 0 || away(i) < away(nearest)))
        nearest = i;
    });
    const element = data[nearest];
    return element === undefined ? [] : [{ element, datasetIndex, index: nearest }];
  });

export { Chart };
