/** `npm run bench -- plots`: rewrites plots and tables of infra/benchmarks from its measurements.json, without measuring. */
import { readMeasurements } from "./measure/measurements.js";
import { writePage } from "./measure/page.js";

writePage(readMeasurements());
