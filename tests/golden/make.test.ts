/** `GOLDEN_WRITE=1` rewrites the generated golden files from the inputs and the reference. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { muonKeyNames } from "../../pipeline/model/muons.js";
import { plainLedger } from "../reference/plain-ledger.js";
import { runFiles } from "../reference/run.js";
import type { ReferenceMessage } from "../reference/summarise.js";
import { csvInputs } from "./make-csv.js";
import { datInputs } from "./make-dat.js";
import { wrongMessages } from "./make-invalid.js";
import { jsonInputs } from "./make-json.js";
import { muonInputs } from "./make-muons.js";
import { physicsInputs } from "./make-physics.js";
import { expectedMessages, inputOf, muonsFolder, pairOf, pairsIn, validFolder } from "./pairs.js";

const inputs = { ...csvInputs, ...physicsInputs, ...jsonInputs, ...datInputs };
const invalidFolder = join(import.meta.dirname, "invalid");

it.runIf(process.env["GOLDEN_WRITE"] === "1")("the golden files are written", () => {
  for (const [name, content] of Object.entries(inputs)) write(validFolder, name, content, withoutMuons);
  for (const [name, content] of Object.entries(muonInputs)) write(muonsFolder, name, content);
  for (const name of Object.keys(wrongMessages)) writeInvalid(name);
});

it.each([
  [validFolder, inputs],
  [muonsFolder, muonInputs],
])("%s has every generated pair, and no two pairs have the same answer file", (folder, inputs) => {
  const pairs = pairsIn(folder);
  expect(pairs.map((pair) => pair.name)).toEqual(expect.arrayContaining(Object.keys(inputs)));
  expect(new Set(pairs.map((pair) => pair.summaryPath)).size).toBe(pairs.length);
});

type Change = (message: ReferenceMessage) => ReferenceMessage;

/** Pairs from before the keys of segments existed must not change. */
const withoutMuons: Change = (message) =>
  Object.fromEntries(
    Object.entries(message).filter(([key]) => !(muonKeyNames as readonly string[]).includes(key)),
  ) as unknown as ReferenceMessage;

function write(folder: string, name: string, content: string | Uint8Array, change?: Change): void {
  const pair = pairOf(folder, name);
  writeFileSync(pair.path, content);
  const run = runFiles([inputOf(pair)]);
  const messages = change === undefined ? run.messages : run.messages.map(change);
  const text = messages.map((message) => `${JSON.stringify(message)}\n`).join("");
  writeFileSync(pair.windowsPath, text);
  writeFileSync(pair.summaryPath, `${JSON.stringify(plainLedger(run.summary), null, 2)}\n`);
}

function writeInvalid(name: string): void {
  const [message] = expectedMessages(pairOf(validFolder, "scintillator-order.csv"));
  const [complaint, corrupt] = wrongMessages[name] ?? [];
  if (message === undefined || corrupt === undefined) throw new Error(`nothing to corrupt for ${name}`);
  const wrong = corrupt({ ...message, emitted_ms: 0 });
  writeFileSync(join(invalidFolder, `${name}.json`), `${JSON.stringify(wrong)}\n`);
  writeFileSync(join(invalidFolder, `${name}.txt`), `${complaint}\n`);
}
