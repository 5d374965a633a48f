/** Options of the commands that serve the page: access, rules, store, webhook. */
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../../pipeline/model/index.js";
import {
  builtInRules,
  createRules,
  rulesSchema,
  Store,
  type BridgeOptions,
  type Rules,
} from "../../dashboard/bridge/index.js";
import { lockOrRefuse, makePrivateFolder, type Release } from "../process/index.js";
import { defineOptions, wholeNumber, type ValuesOf } from "./option.js";
import type { CliContext } from "./verb.js";
import { rulesOption } from "./judging-options.js";
import { readYamlFile } from "./yaml-file.js";
import { version } from "../version.js";

export const bridgeOptions = defineOptions([
  rulesOption,
  {
    flags: "--token-file <file>",
    description:
      "file with a token that pages and programs must send; without this option, anyone who can reach the page can use it",
  },
  { flags: "--webhook-file <file>", description: "file with the URL of a webhook that receives the alarms" },
  {
    flags: "--allow-host <name>",
    description: "additional host name under which the page can be reached; can be given more than once",
    repeatable: true,
  },
  {
    flags: "--allow-origin <origin>",
    description:
      "origin of another site whose pages may use the interface, such as https://shifts.example; can be given more than once",
    parse: origin,
    repeatable: true,
  },
  {
    flags: "--public-url <url>",
    description:
      "public URL of the page, such as https://shifts.example/muonitor/; used for links in alarms, evidence and reports",
    parse: pageAddress,
  },
  {
    flags: "--history <path>",
    description: "file for history, alarms, references and runs; none keeps them in memory only",
    defaultText: "in the state folder, one for each stream",
  },
  {
    flags: "--history-mb <MB>",
    description: "maximum size of that file in MB",
    parse: wholeNumber(8, 1_000_000),
    default: 512,
  },
  {
    flags: "--history-hours <hours>",
    description: "how long whole windows are kept; their counts are kept for 60 days",
    parse: wholeNumber(1, 1000),
    default: 24,
  },
]);

type BridgeCliOptions = ValuesOf<typeof bridgeOptions>;

function origin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new Error(`must be an origin such as https://shifts.example, not "${text}"`);
}

function pageAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPage = url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "";
  if (isPage && url.username === "" && url.password === "") return url.href;
  throw new Error(`must be a URL such as https://shifts.example/muonitor/, not "${text}"`);
}

/** The bridge's settings from these options, except the store. */
export function bridgePlan(
  options: BridgeCliOptions,
  context: CliContext,
): Pick<
  BridgeOptions,
  "rules" | "token" | "webhookUrl" | "allowedHosts" | "allowedOrigins" | "publicUrl" | "version"
> {
  const { allowHost = [], allowOrigin = [], publicUrl, tokenFile, webhookFile } = options;
  return {
    version,
    rules: readRules(options, context),
    allowedHosts: allowHost,
    allowedOrigins: allowOrigin,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(tokenFile === undefined ? {} : { token: readSecret(tokenFile, "token", context) }),
    ...(webhookFile === undefined ? {} : { webhookUrl: webhookAddress(webhookFile, context) }),
  };
}

export function readRules({ rules: file }: { rules?: string }, { folder, log }: CliContext): Rules {
  if (file === undefined) return builtInRules;
  const rules = createRules(readYamlFile(resolve(folder, file), "rules file", rulesSchema()).value, file);
  for (const notice of rules.notices) log.warn(notice);
  return rules;
}

/** Reads the only line of a file, a secret that is never shown. */
function readSecret(path: string, what: string, { folder }: CliContext): string {
  try {
    const text = readFileSync(resolve(folder, path), "utf8").trim();
    if (text.length >= 8 && !/\s/.test(text)) return text;
  } catch (error) {
    throw new UsageError(
      `${path}: cannot read the ${what}: ${(error as NodeJS.ErrnoException).code ?? "error"}`,
    );
  }
  throw new UsageError(`${path}: the ${what} must be one line of at least 8 characters without spaces`);
}

function webhookAddress(path: string, context: CliContext): string {
  const address = readSecret(path, "webhook URL", context);
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return address;
  throw new UsageError(`${path}: the webhook URL must begin with https:// or http://`);
}

/**
 * The store of a stream. Simulated data has a separate store and never enters the history of the telescope.
 * @throws UnavailableError when another process uses it
 */
export function openStore(
  { history, historyMb, historyHours }: BridgeCliOptions,
  place: { stream: string; demo: boolean; stateFolder: string },
  context: CliContext,
): Store {
  const name = `history-${place.stream.replaceAll(/[^A-Za-z0-9_-]/g, "_")}${place.demo ? "-demo" : ""}.sqlite`;
  const file = history === undefined ? join(place.stateFolder, name) : resolve(context.folder, history);
  if (history !== "none") makePrivateFolder(dirname(file));
  return new Store({
    file: history === "none" ? null : file,
    maxBytes: historyMb << 20,
    windowsMs: historyHours * 3_600_000,
    lock: lockStore,
    log: context.log.warn,
  });
}

/** Locks a store for this process; different paths to the same file share one lock. */
export function lockStore(file: string): Release {
  const path = existsSync(file) ? realpathSync(file) : file;
  return lockOrRefuse(`${path}.owner`, ({ pid }) => `${file} is used by process ${pid}`);
}
