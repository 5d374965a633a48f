/** Starts threads of this installation. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { Worker } from "node:worker_threads";
import { builtFile } from "../paths.js";

/**
 * Starts a thread from its bundle, which loads in a quarter of the time; the bundle is missing where only the compiler was run.
 * @param entry built file without its ending
 */
export function startThread(entry: string, workerData: object): Worker {
  const bundle = builtFile(`thread/${basename(entry)}.cjs`);
  if (!existsSync(bundle)) return new Worker(builtFile(`${entry}.js`), { workerData });
  return new Worker(builtFile("runners/process/start-thread.js"), { workerData: { ...workerData, bundle } });
}
