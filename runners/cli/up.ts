/** `up`: starts the whole system, from source to page. */
import { randomToken } from "./bridge.js";
import { requireFreePort } from "../../dashboard/bridge/index.js";
import { UsageError, type DetectorConfig } from "../../pipeline/model/index.js";
import { defaultRateHz } from "../../producer/index.js";
import { lockServices } from "../services/background.js";
import { bridgeOptions, bridgePlan, openStore } from "./bridge-options.js";
import {
  chooseDetector,
  detectorOption,
  noMuonsOption,
  systemCOption,
  windowOption,
} from "./detector-file.js";
import { EmbeddedEngine } from "../live/embedded/engine.js";
import type { FlinkCluster, FlinkPlan } from "../live/flink/cluster.js";
import { createFlinkEngine, flinkPlan, flinkUpOptions, refuseFlinkOptions } from "./flink-up.js";
import type { Engine } from "../live/engine.js";
import { LiveSystem, type LiveOptions } from "../live/live-system.js";
import type { LiveSource } from "../live/production.js";
import { builtFile } from "../paths.js";
import { untilAborted } from "../process/index.js";
import { asInWords, detectorHint } from "./layout-options.js";
import { lockSystem, writeStateFile, type SystemServers } from "../system/note.js";
import { version } from "../version.js";
import { referencesFolder } from "./references.js";
import { chooseSource, rowOptions, sourceOption } from "./source-options.js";
import {
  hostOption,
  pagePortOption,
  stateFolder,
  stateFolderOption,
  streamOption,
  latenessOption,
} from "./system-options.js";
import { showTopic } from "./up-topic.js";
import { serversOf } from "./flink-options.js";
import { defineOption, defineOptions, type ValuesOf } from "./option.js";
import { defineVerb, type CliContext } from "./verb.js";

/** Beam's Spark runner does not support the URN of an unbounded read. */
const noSparkStream = {
  spark:
    "Beam's Spark runner cannot read an endless source such as a topic; use muonitor process --runner spark for existing records",
};

/** Port of the page, or the next free one if no port was given. */
const defaultPort = 8080;
const portsToTry = 20;

export const liveRunnerOption = defineOption({
  flags: "--runner <runner>",
  description: "where the pipeline runs",
  choices: ["embedded", "flink"],
  refused: noSparkStream,
  default: "embedded",
});

/** All options except runner and source. */
export const systemOptions = defineOptions([
  hostOption,
  { ...pagePortOption, defaultText: `${defaultPort}, or the next free one` },
  windowOption,
  detectorOption,
  systemCOption,
  noMuonsOption,
  latenessOption("how long after its end a window can still be corrected"),
  streamOption,
  ...flinkUpOptions,
  ...bridgeOptions,
  stateFolderOption,
]);

type SystemOptions = ValuesOf<readonly [typeof liveRunnerOption, ...typeof systemOptions]>;

const upOptions = defineOptions([
  liveRunnerOption,
  {
    ...sourceOption,
    refused: {},
    description: `${sourceOption.description}; or kafka: no rows, only the windows that another system writes to the Kafka of --bootstrap-servers`,
    choices: [...sourceOption.choices, "kafka"],
  },
  ...rowOptions(defaultRateHz),
  { flags: "--no-source", description: "start without a source; records come from muonitor produce" },
  ...systemOptions,
]);
type UpOptions = ValuesOf<typeof upOptions>;

export const upVerb = defineVerb({
  name: "up",
  summary: "start the whole system, from source to page",
  description: `Starts source, pipeline, bridge and page and prints the address of the page. Everything runs in one process, or the
pipeline runs on Flink between Kafka topics. Rows are assigned to windows by their time of arrival. Ctrl-C stops everything that
was started.`,
  options: upOptions,
  examples: [
    "muonitor up --rate 5000",
    "muonitor up --source file --input run12.txt --loop",
    "muonitor up --no-source --port 9000",
    "muonitor up --runner flink --bootstrap-servers kafka:9092",
  ],
  run: up,
});

async function up(options: UpOptions, context: CliContext): Promise<number> {
  const { source } = options;
  if (source === false) refuseSourceOptions(options);
  if (source === "kafka") return showTopic({ ...options, port: await firstFreePort(options) }, context);
  return runLive(
    options,
    (detector) =>
      source === false ? Promise.resolve(null) : chooseSource({ ...options, source }, context, detector),
    context,
  );
}

/** @throws UsageError naming an option that has no meaning without a source */
function refuseSourceOptions(options: UpOptions): void {
  const useless = (["input", "loop", "follow"] as const).find(
    (name) => options[name] !== undefined && options[name] !== false,
  );
  if (useless !== undefined) throw new UsageError(`--${useless} cannot be combined with --no-source`);
}

/** @param openSource called after the options have been checked; resolves with null for no source */
export async function runLive(
  options: SystemOptions & { layout?: string },
  openSource: (detector: DetectorConfig) => Promise<LiveSource | null>,
  context: CliContext,
): Promise<number> {
  if (options.runner === "embedded") refuseFlinkOptions(options);
  const folder = stateFolder(options, context);
  const log = context.log.info;
  const hint = detectorHint(options);
  if (hint !== null) context.log.warn(hint);
  const chosen = asInWords(chooseDetector(options, context), options);
  const { stream } = options;
  const source = await openSource(chosen.detector);
  if (source !== null && options.rawFormat !== "rows")
    throw new UsageError("--raw-format needs --no-source: the rows of a source are sent as CSV");
  const demo = source?.demo ?? false;
  const bridge = bridgePlan(options, context);
  const live: Omit<LiveOptions, "port"> = {
    source,
    stream,
    ...chosen,
    allowedLatenessMs: options.lateness * 1000,
    host: options.host,
    pageFolder: builtFile("page"),
    tokens: { own: randomToken(), bridge: bridge.token },
    bridge: { ...bridge, referencesFolder: referencesFolder(folder) },
    openStore: () => openStore(options, { stream, demo, stateFolder: folder }, context),
    log,
  };
  const plan =
    options.runner === "flink" ? flinkPlan(options, { ...live, stateFolder: folder }, context) : null;
  const release = lockSystem(folder);
  try {
    return await runSystem({ options, live, plan, folder }, context);
  } finally {
    release();
  }
}

interface Prepared {
  options: SystemOptions;
  live: Omit<LiveOptions, "port">;
  /** Null for the embedded system. */
  plan: FlinkPlan | null;
  folder: string;
}

async function runSystem({ options, live, plan, folder }: Prepared, context: CliContext): Promise<number> {
  await firstFreePort(options);
  const release = plan !== null && startsServices(plan) ? lockServices(folder) : (): void => undefined;
  let parts: FlinkCluster | null = null;
  try {
    const flink = (parts = plan === null ? null : await startFlink(plan));
    const engine = (): Engine => (flink === null ? new EmbeddedEngine(live) : createFlinkEngine(flink, live));
    const { system, url } = await startSystem(options, (port) => new LiveSystem({ ...live, port }, engine()));
    const servers =
      flink === null
        ? {}
        : {
            servers: serversOf(
              { ...options, bootstrapServers: flink.kafka.bootstrapServers },
              flink.servers,
              context,
            ),
          };
    return await untilStopped(
      {
        system,
        url,
        ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
        token: live.tokens.own,
        folder,
        hasSource: live.source !== null,
        log: live.log,
        ...servers,
      },
      context,
    );
  } finally {
    await parts?.close();
    release();
  }
}

/** Loaded only when needed: the SDK takes a quarter of a second to load, and in the embedded system only the thread uses it. */
async function startFlink(plan: FlinkPlan): Promise<FlinkCluster> {
  const { FlinkCluster } = await import("../live/flink/cluster.js");
  return FlinkCluster.start(plan);
}

/** Whether services are started, whose data is stored in the state folder. */
function startsServices({ bootstrapServers, flinkMaster, workerPool }: FlinkPlan): boolean {
  return [bootstrapServers, flinkMaster, workerPool].includes(null);
}

interface Running {
  system: LiveSystem;
  url: string;
  publicUrl?: string;
  token: string;
  folder: string;
  hasSource: boolean;
  log: (line: string) => void;
  servers?: SystemServers;
}

/** Publishes the address of a running system and stops the system on Ctrl-C. */
async function untilStopped(running: Running, { stdout, signal }: CliContext): Promise<number> {
  const { system, url, publicUrl = url, token, folder, hasSource, log, servers } = running;
  const { started_ms, source, runner } = system.status();
  let forget = (): void => undefined;
  try {
    const note = { url, token, started_ms, runner, version };
    forget = writeStateFile(folder, servers === undefined ? note : { ...note, servers });
    stdout.write(`Muonitor is live at ${publicUrl}\n`);
    const rows = hasSource ? source : "none, waiting for muonitor produce";
    log(`source: ${rows}; windows of ${system.status().window_ms / 1000} s`);
    log("press Ctrl-C to stop");
    await Promise.race([system.failed, untilAborted(signal)]);
    log("stopping");
    return 0;
  } finally {
    await system.close();
    forget();
  }
}

/** Starts a system at the requested port, or else at the first free port from the default on. */
async function startSystem(
  options: SystemOptions,
  create: (port: number) => LiveSystem,
): Promise<{ system: LiveSystem; url: string }> {
  for (;;) {
    const port = await firstFreePort(options);
    const system = create(port);
    try {
      return { system, url: await system.start() };
    } catch (error) {
      await system.close();
      // If no port was given and another program has taken this one, try the next.
      if (options.port !== undefined || (await isFree(options.host, port))) throw error;
    }
  }
}

/** @throws UnavailableError if the requested port, or every port of the range, is taken */
async function firstFreePort({ host, port }: Pick<SystemOptions, "host" | "port">): Promise<number> {
  if (port === undefined) {
    for (let next = defaultPort; next < defaultPort + portsToTry; next += 1)
      if (await isFree(host, next)) return next;
  }
  await requireFreePort(host, port ?? defaultPort);
  return port ?? defaultPort;
}

function isFree(host: string, port: number): Promise<boolean> {
  return requireFreePort(host, port).then(
    () => true,
    () => false,
  );
}
