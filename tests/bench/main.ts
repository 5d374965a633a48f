/** `npm run bench`: the speed of decoding, of the steps and of the embedded pipeline, in one run. */
import { cpus } from "node:os";
import { chamberCostFigure } from "./measure/chambers.js";
import { latencyFigures, throughputFigure } from "./measure/embedded.js";
import { knownRows } from "./measure/known-rows.js";
import { layoutFigures } from "./measure/layouts.js";
import { figureLine, type Figure } from "./measure/report.js";
import { accumulateFigure, allStepsFigure, decodeFigure, muonShareFigure } from "./measure/steps.js";

const print = (figure: Figure): void => console.log(figureLine(figure));

console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`);
console.log("every figure comes from a run whose answer was checked\n");
const many = knownRows(2_000_000, 400_000);
print(decodeFigure(many));
print(accumulateFigure(many));
print(muonShareFigure(many));
print(allStepsFigure(many));
print(chamberCostFigure(1_000_000, 200_000));
for (const figure of layoutFigures(1_000_000)) print(figure);
print(await throughputFigure(knownRows(10_000_000, 2_000_000), 1000, 4e6));
print(await throughputFigure(knownRows(1_000_000, 200_000), 1, 300e3));
for (const figure of await latencyFigures(12)) print(figure);
