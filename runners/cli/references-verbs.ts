/** `references`: lists and chooses references of a running system. */
import { readFileSync } from "node:fs";
import {
  MuonitorError,
  UnavailableError,
  UsageError,
  type Acceptance,
  type ReferenceInfo,
} from "../../pipeline/model/index.js";
import { askHttp, NoAnswer } from "../net/index.js";
import { findSystem } from "../system/client.js";
import { defineOption, defineOptions, type ValuesOf } from "./option.js";
import { secretFile } from "./secret-file.js";
import { stateFolder, stateFolderOption } from "./system-options.js";
import { table } from "./table.js";
import { defineVerb, type CliContext, type VerbGroup } from "./verb.js";

const serverOptions = defineOptions([
  {
    flags: "--url <address>",
    description: "address of the page",
    defaultText: "the system of the state folder",
  },
  { flags: "--token-file <file>", description: "file with the token of the page, if it requires one" },
  stateFolderOption,
]);
type ServerChoice = ValuesOf<typeof serverOptions>;

const jsonOption = defineOption({
  flags: "--json",
  description: "print the response as JSON",
  default: false,
});

const listOptions = defineOptions([...serverOptions, jsonOption]);
const listVerb = defineVerb({
  name: "references list",
  summary: "list the stored references and the chosen ones",
  description:
    "Lists the references of a running system; a * marks the references that the rules compare with.",
  options: listOptions,
  examples: ["muonitor references list"],
  run: list,
});

async function list(options: ValuesOf<typeof listOptions>, context: CliContext): Promise<number> {
  const references = (await ask("GET", "/api/v1/references", undefined, options, context)) as ReferenceInfo[];
  context.stdout.write(options.json ? `${JSON.stringify(references)}\n` : textOf(references));
  return 0;
}

function textOf(references: readonly ReferenceInfo[]): string {
  if (references.length === 0) return "no references stored\n";
  const rows = references.map(({ name, chosen, windows, source }) => [
    `${chosen ? "* " : "  "}${name}`,
    String(windows),
    source,
  ]);
  return table([["  reference", "windows", "from"], ...rows]);
}

const chooseOptions = defineOptions([
  {
    flags: "--name <name>",
    description: "reference to compare with; up to three, of which the best matching one is used",
    repeatable: true,
  },
  ...serverOptions,
]);
const chooseVerb = defineVerb({
  name: "references choose",
  summary: "choose the references that the rules compare with",
  description: "Chooses up to three references; without a name the data is compared with its own past.",
  options: chooseOptions,
  examples: ["muonitor references choose --name good-run", "muonitor references choose"],
  run: choose,
});

async function choose(options: ValuesOf<typeof chooseOptions>, context: CliContext): Promise<number> {
  const known = (await ask("GET", "/api/v1/references", undefined, options, context)) as ReferenceInfo[];
  const id = (options.name ?? []).map((name) => {
    const found = known.findLast((one) => one.name === name);
    if (found !== undefined) return found.id;
    const names = known.map((one) => one.name).join(", ");
    throw new UsageError(
      `--name ${name}: no such reference; stored references: ${names === "" ? "none" : names}`,
    );
  });
  await ask("PUT", "/api/v1/chosen-reference", { id }, options, context);
  context.log.print(
    id.length === 0
      ? "the rules compare with the data's own past"
      : `the rules compare with ${(options.name ?? []).join(", ")}`,
  );
  return 0;
}

const acceptOptions = defineOptions([
  { flags: "--by <name>", description: "your name, which is recorded", required: true },
  { flags: "--comment <text>", description: "the reason, for later shifts", default: "" },
  ...serverOptions,
]);
const acceptVerb = defineVerb({
  name: "references accept",
  summary: "declare the current data normal",
  description: `From now on the rules compare with the data that follows, without a reference. Fixed limits do not change. The declaration
is recorded as a remark with name and time.`,
  options: acceptOptions,
  examples: ['muonitor references accept --by Ada --comment "new gas bottle"'],
  run: accept,
});

async function accept(options: ValuesOf<typeof acceptOptions>, context: CliContext): Promise<number> {
  const { by, comment } = options;
  const body = { by, comment };
  const accepted = (await ask("POST", "/api/v1/normal", body, options, context)) as Acceptance;
  const before = accepted.before === null ? "" : `; previously compared with ${accepted.before}`;
  context.log.print(
    `data from ${new Date(accepted.at_ms).toISOString()} on declared normal by ${accepted.by}${before}`,
  );
  return 0;
}

/** @throws UnavailableError if no server answers, MuonitorError if the server refuses the request */
async function ask(
  method: string,
  path: string,
  body: object | undefined,
  options: ServerChoice,
  context: CliContext,
): Promise<unknown> {
  const url = await addressOf(options, context);
  const token = tokenOf(options, context);
  const answer = await askHttp(new URL(path, url), {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: context.signal,
  }).catch((error: unknown) => {
    if (error instanceof NoAnswer) throw new UnavailableError(`${url}: ${error.message}`, { cause: error });
    throw error;
  });
  const value = parsed(answer.text);
  if (answer.status === 401)
    throw new MuonitorError(`${url}: requires a token: name its file with --token-file`);
  if (answer.status < 300 && value !== undefined) return value;
  const reason = (value as { error?: string } | undefined)?.error;
  throw new MuonitorError(`${url}: ${reason ?? `answers with HTTP status ${answer.status}`}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function addressOf(options: ServerChoice, context: CliContext): Promise<string> {
  const { url } = options;
  if (url !== undefined) {
    if (!URL.canParse(url) || !/^https?:/.test(url))
      throw new UsageError(`--url ${url}: is not the URL of a page, such as http://127.0.0.1:8321`);
    return url;
  }
  const running = await findSystem(stateFolder(options, context));
  if (running !== null) return running.system.url;
  throw new UnavailableError(
    "Muonitor is not running on this machine; name the page of another machine with --url",
  );
}

function tokenOf({ tokenFile }: ServerChoice, { folder }: CliContext): string | null {
  if (tokenFile === undefined) return null;
  const path = secretFile("--token-file", tokenFile, folder);
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw new UsageError(`${path}: ${(cause as Error).message}`);
  }
}

export const referencesGroup: VerbGroup = {
  name: "references",
  summary: "list and choose the references of a running system",
  description: "Lists and chooses references of a running system through the HTTP interface of the page.",
  verbs: [listVerb, chooseVerb, acceptVerb],
};
