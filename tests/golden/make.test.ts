/** `GOLDEN_WRITE=1` writes the generated golden pairs anew from the inputs and the reference. */
import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { plainLedger } from "../reference/plain-ledger.js";
import { runFiles } from "../reference/run.js";
import { csvInputs } from "./make-csv.js";
import { datInputs } from "./make-dat.js";
import { jsonInputs } from "./make-json.js";
import { physicsInputs } from "./make-physics.js";
import { inputOf, pairOf, pairsIn, validFolder } from "./pairs.js";

const inputs = { ...csvInputs, ...physicsInputs, ...jsonInputs, ...datInputs };

it.runIf(process.env["GOLDEN_WRITE"] === "1")("writes the golden pairs", () => {
  for (const [name, content] of Object.entries(inputs)) write(name, content);
});

it("has every generated pair, and no two pairs share their answers", () => {
  const pairs = pairsIn(validFolder);
  expect(pairs.map((pair) => pair.name)).toEqual(expect.arrayContaining(Object.keys(inputs)));
  expect(new Set(pairs.map((pair) => pair.summaryPath)).size).toBe(pairs.length);
});

function write(name: string, content: string | Uint8Array): void {
  const pair = pairOf(validFolder, name);
  writeFileSync(pair.path, content);
  const run = runFiles([inputOf(pair)]);
  const text = run.messages.map((message) => `${JSON.stringify(message)}\n`).join("");
  writeFileSync(pair.windowsPath, text);
  writeFileSync(pair.summaryPath, `${JSON.stringify(plainLedger(run.summary), null, 2)}\n`);
}
