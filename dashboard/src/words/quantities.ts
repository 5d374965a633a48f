/** Texts of the derived quantities. */
import type { QuantityName } from "../../../pipeline/model/index.js";

interface QuantityText {
  name: string;
  axis: string;
  unit: string;
  digits: number;
  /** Factor from the unit of the model to the unit on the page. */
  factor: number;
  /** Upper end of its axis, in the unit on the page, for a quantity that cannot be larger. */
  most?: number;
}

export const quantityTexts: Record<QuantityName, QuantityText> = {
  efficiency: { name: "Efficiency", axis: "efficiency (%)", unit: "%", digits: 1, factor: 100, most: 100 },
  residual_mm: { name: "Residual", axis: "mean residual (µm)", unit: "µm", digits: 0, factor: 1000 },
  t0_ns: { name: "t0", axis: "mean t0 (ns)", unit: "ns", digits: 1, factor: 1 },
  drift_start_ns: { name: "Box start", axis: "start of drift box (ns)", unit: "ns", digits: 1, factor: 1 },
  drift_end_ns: { name: "Box end", axis: "end of drift box (ns)", unit: "ns", digits: 1, factor: 1 },
  noise_hz: { name: "Noise", axis: "noise (Hz per cell)", unit: "Hz", digits: 2, factor: 1 },
};
