/** The benchmark page shows the measurements: its tables and plots match measurements.json. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { benchmarksFolder, readMeasurements } from "./measure/measurements.js";
import { pageFiles } from "./measure/page.js";
import { barPlot } from "./measure/plot.js";

it("the benchmark page and its plots match the stored measurements", () => {
  for (const [name, content] of pageFiles(readMeasurements())) {
    const path = join(benchmarksFolder, name);
    expect(existsSync(path) ? readFileSync(path, "utf8") : null, name).toBe(content);
  }
});

it("bars are proportional to their values", () => {
  const svg = barPlot({
    title: "a < b",
    bars: [
      { label: "one", value: 100, unit: "ms" },
      { label: "half", value: 50, unit: "ms" },
    ],
  });
  const lengths = [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map((match) => Number(match[1]));
  expect(lengths[1]).toBe((lengths[0] as number) / 2);
  expect(svg).toContain("a &lt; b");
  expect(svg).toContain("50 ms");
});
