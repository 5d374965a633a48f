/** A thread starts from its bundle with valid, missing and corrupt cached code. */
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { beforeAll, expect, it } from "vitest";
import { builtFile } from "../../runners/paths.js";
import { buildNodePart } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";

beforeAll(buildNodePart, 300_000);
const scratch = scratchFolder();

const bundleOf = (value: number): string =>
  `const { parentPort } = require("node:worker_threads"); parentPort.postMessage(${value});`;

async function answerOf(bundle: string): Promise<unknown> {
  const worker = new Worker(builtFile("runners/process/start-thread.js"), { workerData: { bundle } });
  const exit = once(worker, "exit");
  const [answer] = (await once(worker, "message")) as [unknown];
  await exit;
  return answer;
}

it("runs the bundle without cached code, with it, with a corrupt cache, and after a change of the bundle", async () => {
  const folder = scratch.folder("bundle");
  const bundle = join(folder, "bundle.cjs");
  const kept = (): string[] => readdirSync(folder).filter((name) => name !== "bundle.cjs");
  writeFileSync(bundle, bundleOf(1));
  expect(await answerOf(bundle)).toBe(1);
  expect(kept()).toHaveLength(1);
  expect(await answerOf(bundle)).toBe(1);
  writeFileSync(join(folder, kept()[0]!), "not the code of a bundle");
  expect(await answerOf(bundle)).toBe(1);
  expect(kept()).toHaveLength(1);
  // The new bundle has the same length: V8 compares only the length, and would accept the old code for it.
  writeFileSync(bundle, bundleOf(2));
  expect(await answerOf(bundle)).toBe(2);
  expect(kept()).toHaveLength(2);
});
