/** `down`: stops the system that `up` has started. */
import { removeStateFile, systemOwner } from "../system/note.js";
import { endProcess } from "../services/background.js";
import { stateFolder, stateFolderOption } from "./system-options.js";
import { defineVerb, type CliContext } from "./verb.js";

/** A system stops within 10 s; the rest is a margin for a loaded machine. */
const graceMs = 20_000;

export const downVerb = defineVerb({
  name: "down",
  summary: "stop the running system",
  description: "Stops the system that muonitor up has started, and waits until it has stopped.",
  options: [stateFolderOption],
  examples: [],
  run: down,
});

async function down(options: { stateDir: string }, context: CliContext): Promise<number> {
  const folder = stateFolder(options, context);
  const owner = systemOwner(folder);
  if (owner === null) {
    removeStateFile(folder);
    context.stdout.write("Muonitor is not running\n");
    return 0;
  }
  await endProcess(owner, graceMs, context.signal);
  // A killed process leaves its state file behind. By now it may be that of another system, which must be kept.
  if (systemOwner(folder) === null) removeStateFile(folder);
  context.stdout.write("Muonitor has stopped\n");
  return 0;
}
