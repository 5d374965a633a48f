/** Options that several verbs about a running system share. */
import { resolve } from "node:path";
import { defaultStateFolder } from "../paths.js";
import type { CliContext, OptionSpec } from "./verb.js";

export const stateFolderOption: OptionSpec = {
  flags: "--state-dir <path>",
  description: "folder in which a running system leaves its address for other commands",
  default: defaultStateFolder,
  defaultText: ".muonitor in the installation",
};

export function stateFolder(options: { stateDir: string }, { folder }: CliContext): string {
  return resolve(folder, options.stateDir);
}
