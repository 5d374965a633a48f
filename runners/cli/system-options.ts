/** Options that several verbs about a running system share. */
import { resolve } from "node:path";
import { defaultStateFolder } from "../paths.js";
import { defaultStream } from "../../pipeline/model/index.js";
import type { CliContext, OptionSpec } from "./verb.js";

/** Several telescopes share a cluster by the name of their stream. */
export const streamOption: OptionSpec = {
  flags: "--stream <name>",
  description:
    "name of the telescope, on the page and in the keys of the messages; another than the default is also the prefix of its topics (NAME.data_raw)",
  parse: streamName,
  default: defaultStream,
};

function streamName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text)) return text;
  throw new Error(`must be of letters, digits, "." "_" "-", not "${text}"`);
}

/** As {@link streamOption}, for verbs that find the running system. */
export const foundStreamOption: OptionSpec = {
  ...streamOption,
  default: undefined,
  defaultText: `that of the running system, else ${defaultStream}`,
};

export const stateFolderOption: OptionSpec = {
  flags: "--state-dir <path>",
  description: "folder in which a running system leaves its address for other commands",
  default: defaultStateFolder,
  defaultText: ".muonitor in the installation",
};

export function stateFolder(options: { stateDir: string }, { folder }: CliContext): string {
  return resolve(folder, options.stateDir);
}
