/** `down`: stops what `up` has started. */
import { setTimeout as delay } from "node:timers/promises";
import { UnavailableError } from "../../pipeline/model/index.js";
import { removeStateFile } from "../state-file.js";
import { findSystem } from "../system-client.js";
import { stateFolder, stateFolderOption } from "./system-options.js";
import type { CliContext, OptionValues, Verb } from "./verb.js";

/** A system gets so long to emit its last windows; one that has parts of its own stops these too. */
const embeddedGraceMs = 10_000;
const graceWithPartsMs = 60_000;
const pollMs = 50;

export const downVerb: Verb = {
  name: "down",
  summary: "stop the running system",
  description: "Asks the system that muonitor up has started to stop, and waits until it has.",
  options: [stateFolderOption],
  examples: [],
  run: (options, context) => down(options as OptionValues & { stateDir: string }, context),
};

async function down(options: { stateDir: string }, context: CliContext): Promise<number> {
  const folder = stateFolder(options, context);
  const running = await findSystem(folder);
  if (running === null) {
    removeStateFile(folder);
    context.stdout.write("Muonitor is not running\n");
    return 0;
  }
  const { pid, runner } = running.system;
  const graceMs = runner === "embedded" ? embeddedGraceMs : graceWithPartsMs;
  process.kill(pid, "SIGTERM");
  const end = Date.now() + graceMs;
  while (Date.now() < end) {
    await delay(pollMs);
    if (isAlive(pid)) continue;
    removeStateFile(folder);
    context.stdout.write("Muonitor has stopped\n");
    return 0;
  }
  throw new UnavailableError(`process ${pid} has not stopped within ${graceMs / 1000} s`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
