/** TDC counts: the unit of time of the simulated front end. */
import { bunchCrossingNs, bunchCrossingsPerOrbit, tdcPerBunchCrossing } from "../../pipeline/model/index.js";

/** Length of a TDC count: 25/30 ns. */
export const tickNs = bunchCrossingNs / tdcPerBunchCrossing;
export const ticksPerOrbit = bunchCrossingsPerOrbit * tdcPerBunchCrossing;
