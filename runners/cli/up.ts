/** `up`: the whole chain, from source to page. */
import { randomBytes } from "node:crypto";
import {
  defaultWindowSeconds,
  maxWindowSeconds,
  minWindowSeconds,
  UnavailableError,
} from "../../pipeline/model/index.js";
import { systemRoutes } from "./embedded-routes.js";
import { EmbeddedSystem } from "./embedded-system.js";
import { builtFile } from "../paths.js";
import { readStateFile, removeStateFile, writeStateFile } from "../state-file.js";
import { findSystem } from "../system-client.js";
import { version } from "../version.js";
import { chooseSource, sourceOptions, type SourceOptions } from "./source-options.js";
import { stateFolder, stateFolderOption } from "./system-options.js";
import { wholeNumber, type CliContext, type OptionValues, type Verb } from "./verb.js";

interface UpOptions extends SourceOptions {
  runner: string;
  host: string;
  port?: number;
  window: number;
  lateness: number;
  stream: string;
  stateDir: string;
}

/** The page is at this port, or at the next one that is free when nobody asked for a port. */
const defaultPort = 8080;
const portsToTry = 20;
const maxLatenessSeconds = 3600;

export const upVerb: Verb = {
  name: "up",
  summary: "start the whole system, from source to page",
  description: `Starts source, pipeline, bridge and page in one process and prints the address of the page.
Rows go into windows by the time of their arrival. Ctrl-C stops everything.`,
  options: [
    {
      flags: "--runner <runner>",
      description: "where the pipeline runs",
      choices: ["embedded"],
      default: "embedded",
    },
    ...sourceOptions,
    { flags: "--no-source", description: "start without a source; records come from muonitor produce" },
    { flags: "--host <address>", description: "address to listen on", default: "127.0.0.1" },
    {
      flags: "--port <port>",
      description: "port of the page, 0 for any free one",
      parse: wholeNumber(0, 65535),
      defaultText: `${defaultPort}, or the next free one`,
    },
    {
      flags: "--window <seconds>",
      description: `length of a window in s, ${minWindowSeconds} to ${maxWindowSeconds}`,
      parse: wholeNumber(minWindowSeconds, maxWindowSeconds),
      default: defaultWindowSeconds,
    },
    {
      flags: "--lateness <seconds>",
      description: `how long after its end a window can still be corrected, in s, 0 to ${maxLatenessSeconds}`,
      parse: wholeNumber(0, maxLatenessSeconds),
      default: 60,
    },
    { flags: "--stream <name>", description: "name of the telescope, shown on the page", default: "minidt" },
    stateFolderOption,
  ],
  examples: [
    "muonitor up --rate 5000",
    "muonitor up --source file --input run12.txt --loop",
    "muonitor up --no-source --port 9000",
  ],
  run: (options, context) => up(options as OptionValues & UpOptions, context),
};

async function up(options: UpOptions, context: CliContext): Promise<number> {
  const folder = stateFolder(options, context);
  await refuseSecond(folder);
  const log = (line: string): void => void context.stderr.write(`muonitor: ${line}\n`);
  const hasSource = (options.source as unknown) !== false;
  const source = hasSource ? await chooseSource(options, context) : null;
  const token = randomBytes(24).toString("base64url");
  const { system, url } = await startSystem(options, (port) => {
    return new EmbeddedSystem({
      source,
      stream: options.stream,
      windowMs: options.window * 1000,
      allowedLatenessMs: options.lateness * 1000,
      host: options.host,
      port,
      pageFolder: builtFile("page"),
      routes: (running) => systemRoutes(running, token),
      log,
    });
  });
  const started = system.status().started_ms;
  try {
    writeStateFile(folder, {
      pid: process.pid,
      url,
      token,
      started_ms: started,
      runner: "embedded",
      version,
    });
    context.stdout.write(`Muonitor is live at ${url}\n`);
    log(
      `source: ${source?.description ?? "none, waiting for muonitor produce"}; windows of ${options.window} s`,
    );
    log("Ctrl-C stops it");
    await Promise.race([system.failed, untilAborted(context.signal)]);
    log("stopping");
    return 0;
  } finally {
    await system.close();
    if (readStateFile(folder)?.token === token) removeStateFile(folder);
  }
}

async function refuseSecond(folder: string): Promise<void> {
  const running = await findSystem(folder);
  if (running === null) return;
  const { url, pid } = running.system;
  throw new UnavailableError(
    `already running at ${url} (process ${pid}): stop it with muonitor down, or use another --state-dir`,
  );
}

/** Starts a system at the port asked for, or else at the first free one from the default on. */
async function startSystem(
  options: UpOptions,
  create: (port: number) => EmbeddedSystem,
): Promise<{ system: EmbeddedSystem; url: string }> {
  const ports =
    options.port === undefined
      ? Array.from({ length: portsToTry }, (_, i) => defaultPort + i)
      : [options.port];
  for (const port of ports) {
    const system = create(port);
    try {
      return { system, url: await system.start() };
    } catch (error) {
      await system.close();
      if (!(error instanceof UnavailableError) || port === ports.at(-1)) throw error;
    }
  }
  throw new UnavailableError("no port is free");
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
