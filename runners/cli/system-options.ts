/** Options that several verbs about a running system share. */
import { resolve } from "node:path";
import { defaultStateFolder } from "../paths.js";
import { defaultStream } from "../../pipeline/model/index.js";
import { defineOption, wholeNumber } from "./option.js";
import type { CliContext } from "./verb.js";

/** The stream name separates telescopes that share a cluster. */
export const streamOption = defineOption({
  flags: "--stream <name>",
  description:
    "name of the telescope, on the page and in the keys of the messages; a name other than the default is also the prefix of its topics (NAME.data_raw)",
  parse: streamName,
  default: defaultStream,
});

function streamName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text)) return text;
  throw new Error(`must consist of letters, digits, ".", "_" and "-", not "${text}"`);
}

const maxLatenessSeconds = 3600;

/** How long windows can be corrected; each command describes the effect. */
export function latenessOption<const T extends string>(meaning: T) {
  return defineOption({
    flags: "--lateness <seconds>",
    description: `${meaning}, in s, 0 to ${maxLatenessSeconds}`,
    parse: wholeNumber(0, maxLatenessSeconds),
    default: 60,
  });
}

/** Like {@link streamOption}, for verbs that look for the running system. */
export const foundStreamOption = defineOption({
  ...streamOption,
  default: undefined,
  defaultText: `that of the running system, else ${defaultStream}`,
});

export const stateFolderOption = defineOption({
  flags: "--state-dir <path>",
  description: "folder for the state of a running system, where other commands find its address",
  default: defaultStateFolder,
  defaultText: ".muonitor in the installation",
});

export const hostOption = defineOption({
  flags: "--host <address>",
  description: "address to listen on",
  default: "127.0.0.1",
});

export const pagePortOption = defineOption({
  flags: "--port <port>",
  description: "port of the page, 0 for any free one",
  parse: wholeNumber(0, 65535),
});

const topicOfStream = "that of the stream";

export const rawTopicOption = defineOption({
  flags: "--raw-topic <name>",
  description: "topic of the rows",
  defaultText: topicOfStream,
});

export const cleanTopicOption = defineOption({
  flags: "--clean-topic <name>",
  description: "topic of the messages",
  defaultText: topicOfStream,
});

export function stateFolder(options: { stateDir: string }, { folder }: CliContext): string {
  return resolve(folder, options.stateDir);
}
