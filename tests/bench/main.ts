/**
 * `npm run bench`: the speed of decoding, of the steps and of the embedded pipeline, in one run; with `--small` it
 * takes seconds, for a test. Its exit code is 1 when a figure misses its target by far.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { chamberCostFigure } from "./measure/chambers.js";
import { latencyFigures, throughputFigure } from "./measure/embedded.js";
import { knownRows } from "./measure/known-rows.js";
import { layoutFigures } from "./measure/layouts.js";
import { figureLine, isFarOff, type Figure } from "./measure/report.js";
import { accumulateFigure, allStepsFigure, decodeFigure, muonShareFigure } from "./measure/steps.js";

const { small } = parseArgs({ options: { small: { type: "boolean", default: false } } }).values;
/** Divisors of the numbers of rows. The pipeline gets more rows, so that the start of its thread takes little of the time. */
const [scale, pipelineScale] = small ? [10, 3] : [1, 1];

function print(figure: Figure): void {
  console.log(figureLine(figure));
  if (isFarOff(figure)) process.exitCode = 1;
}

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`);
console.log("every figure comes from a run whose answer was checked\n");
const rows = knownRows(2_000_000 / scale, 400_000);
print(decodeFigure(rows));
print(accumulateFigure(rows));
print(muonShareFigure(rows));
print(allStepsFigure(rows));
print(chamberCostFigure(1_000_000 / scale, 200_000));
for (const figure of layoutFigures(1_000_000 / scale)) print(figure);
print(await throughputFigure(knownRows(9_000_000 / pipelineScale, 2_000_000 / pipelineScale), 1000, 4e6));
print(await throughputFigure(knownRows(900_000 / pipelineScale, 200_000 / pipelineScale), 1, 300e3));
if (!small) for (const figure of await latencyFigures(12)) print(figure);
