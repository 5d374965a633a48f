/** Fails when a step is much slower than its aim. Figures are printed. */
import { describe, expect, it } from "vitest";
import { chamberCostFigure } from "./measure/chambers.js";
import { throughputFigure } from "./measure/embedded.js";
import { knownRows } from "./measure/known-rows.js";
import { layoutFigures } from "./measure/layouts.js";
import { figureLine, isFarOff, tolerance, type Figure } from "./measure/report.js";
import { accumulateFigure, allStepsFigure, decodeFigure, muonShareFigure } from "./measure/steps.js";

const few = knownRows(200_000, 400_000);

function expectNear(figure: Figure): void {
  console.info(figureLine(figure));
  expect(isFarOff(figure), `${figure.name} misses its aim by more than a factor of ${tolerance}`).toBe(false);
}

describe("speed", { timeout: 60_000 }, () => {
  it("of decoding", () => expectNear(decodeFigure(few)));

  it("of decoding and accumulating", () => expectNear(accumulateFigure(few)));

  // `npm run bench` gives 0.8; here Vitest slows down each call into another module.
  it("of decoding and accumulating with segments relative to without", () => {
    expectNear(muonShareFigure(few));
  });

  it("of all steps", () => expectNear(allStepsFigure(few)));

  it("of eight chambers relative to four", () => expectNear(chamberCostFigure(100_000, 200_000, 3)));

  it("of the adapters of layouts", () => {
    for (const figure of layoutFigures(20_000, 2)) expectNear(figure);
  });

  it("of the embedded pipeline at 1000 rows per message", async () => {
    expectNear(await throughputFigure(knownRows(2_000_000, 400_000), 1000, 4e6));
  });

  it("of the embedded pipeline at 1 row per message", async () => {
    expectNear(await throughputFigure(few, 1, 300e3));
  });
});
