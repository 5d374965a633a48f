/** One Kafka node (KRaft: broker and controller in one process), on the loopback interface. */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { makePrivateFolder } from "../process/index.js";
import { MuonitorError, UnavailableError } from "../../pipeline/model/index.js";
import { ClassArchive } from "./class-archive.js";
import { inUtf8, jvmCommand } from "./java.js";
import { kafkaSizeSettings } from "./kafka-size.js";
import { lastLineOf } from "./log-file.js";
import { choosePort, environmentOf, type ServiceOptions, type Environment } from "./options.js";
import { ManagedProcess } from "./managed-process.js";
import { freePort, loopback } from "./ports.js";
import { kafkaAnswers } from "./readiness.js";

/** The release that the system starts, and the newer one used in tests. */
export type KafkaRelease = "kafka" | "kafka-4";

export interface KafkaOptions extends ServiceOptions {
  /** Default: kafka. */
  release?: KafkaRelease;
  /** Port for clients; default: a free one. */
  port?: number;
  /** Deletes the data that an earlier node left in the state folder. */
  fresh?: boolean;
  heapMb?: number;
  /** Approximate size limit of all topics together; default: unlimited. */
  maxBytes?: number;
  /** Cluster id of the node; default: a new one. */
  clusterId?: string;
  /** Further broker settings, which override ours. The listener for clients is named CLIENTS. */
  settings?: Readonly<Record<string, string | number | boolean>>;
  /** Further arguments for formatting a new data folder, such as `--add-scram` and a user. */
  formatArguments?: readonly string[];
  /** A node of a cluster on several machines; default: alone, on the loopback. */
  place?: KafkaPlace;
  /** Client settings for a node that requires a login or TLS. */
  kafkaSettings?: ReadonlyMap<string, string>;
}

/** A node that other machines reach; without it the node is alone, on the loopback. */
interface KafkaPlace {
  /** Name or address at which brokers and clients reach the node. */
  host: string;
  nodeId: number;
  /** All nodes: NODE@HOST:PORT of their controllers, separated by commas. */
  voters: string;
  controllerPort: number;
  /** Port of one more listener, which is published as 127.0.0.1:PORT of the machine that runs the container. */
  outsidePort?: number | undefined;
}

export interface KafkaNode {
  bootstrapServers: string;
  /** Folder of its partitions. */
  dataFolder: string;
  part: ManagedProcess;
}

const settingsFile = "server.properties";
const dataFolder = "data";
/** A clean stop writes snapshots of all partitions. */
const graceMs = 20_000;

const portAttempts = 3;

/**
 * Starts a node; its data stays in the state folder. If another program takes the free port meanwhile, another is
 * chosen.
 */
export async function startKafka(options: KafkaOptions): Promise<KafkaNode> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startAtPort(options);
    } catch (error) {
      const isTaken = error instanceof UnavailableError && error.message.includes("Address already in use");
      if (options.port !== undefined || !isTaken || attempt === portAttempts) throw error;
    }
  }
}

async function startAtPort(options: KafkaOptions): Promise<KafkaNode> {
  const environment = await environmentOf(options, options.release ?? "kafka", "kafka");
  const port = await choosePort("Kafka", options.port);
  const { folder } = environment;
  if (options.fresh) rmSync(join(folder, dataFolder), { recursive: true, force: true });
  makePrivateFolder(environment.temporaryFolder);
  const size = options.maxBytes === undefined ? {} : kafkaSizeSettings(options.maxBytes);
  const { place } = options;
  const node = nodeSettings(port, place?.controllerPort ?? (await freePort()));
  const settings = { ...node, ...(place && placeSettings(place, port)), ...size, ...options.settings };
  writeFileSync(join(folder, settingsFile), propertiesText(settings), { mode: 0o600 });
  if (!existsSync(join(folder, dataFolder, "meta.properties"))) await formatStorage(environment, options);
  const { kafkaSettings } = options;
  const bootstrapServers = `${place?.host ?? loopback}:${port}`;
  const spec = {
    name: "Kafka",
    command: command(environment, kafkaClass, [settingsFile], options.heapMb),
    archive: archiveOf(environment),
    folder,
    logFile: environment.logFile("kafka"),
    answers: () =>
      kafkaAnswers({ bootstrapServers, ...(kafkaSettings === undefined ? {} : { kafkaSettings }) }),
    readyWithinMs: environment.readyWithinMs,
    graceMs,
  };
  const part = await ManagedProcess.start(spec, options.signal);
  return { bootstrapServers, dataFolder: join(folder, dataFolder), part };
}

const kafkaClass = "kafka.Kafka";

function archiveOf(environment: Environment): ClassArchive | undefined {
  return ClassArchive.of(kafkaClass, environment, join(environment.folder, "kafka.classes"));
}

function command(
  environment: Environment,
  mainClass: string,
  args: readonly string[],
  heapMb = 512,
): [string, ...string[]] {
  // Kafka logs each of its settings, several hundred lines, at every start and for every client.
  const quiet = ["kafka.server.KafkaConfig", "org.apache.kafka.clients", "org.apache.kafka.common.config"];
  const flags = quiet.map((name) => `-Dorg.slf4j.simpleLogger.log.${name}=warn`);
  return jvmCommand({ ...environment, mainClass, args, heapMb, flags });
}

async function formatStorage(
  environment: Environment,
  { clusterId = newClusterId(), formatArguments = [] }: Pick<KafkaOptions, "clusterId" | "formatArguments">,
): Promise<void> {
  const args = ["format", "--config", settingsFile, "--cluster-id", clusterId, ...formatArguments];
  const [java, ...rest] = command(environment, "kafka.tools.StorageTool", args);
  const flags = archiveOf(environment)?.useFlags ?? [];
  try {
    await promisify(execFile)(java, [...flags, ...rest], {
      cwd: environment.folder,
      env: inUtf8(process.env),
    });
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    throw new MuonitorError(`Kafka cannot prepare its data folder: ${lastLineOf(stderr)}`, { cause: error });
  }
}

/** A random id, which must not begin with "-": Kafka's tools would parse it as an option. */
export function newClusterId(bytes = randomBytes(16)): string {
  return bytes.toString("base64url").replace(/^-/, "A");
}

type Settings = Readonly<Record<string, string | number | boolean>>;

/** Settings of a node on a small machine. Paths are relative to its folder. */
function nodeSettings(port: number, controllerPort: number): Settings {
  const listeners = `CLIENTS://${loopback}:${port}`;
  return {
    "process.roles": "broker,controller",
    "node.id": 1,
    "controller.quorum.voters": `1@${loopback}:${controllerPort}`,
    "controller.listener.names": "CONTROLLER",
    listeners: `${listeners},CONTROLLER://${loopback}:${controllerPort}`,
    "advertised.listeners": listeners,
    "inter.broker.listener.name": "CLIENTS",
    "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.dirs": dataFolder,
    // A topic created by accident has the wrong number of partitions, and rows would be lost.
    "auto.create.topics.enable": false,
    // A record with a future timestamp would advance the watermark and make other records late.
    "log.message.timestamp.after.max.ms": 60_000,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 4,
    "group.initial.rebalance.delay.ms": 0,
    "num.network.threads": 2,
    "num.io.threads": 4,
    "log.cleaner.dedupe.buffer.size": 16 << 20,
  };
}

/** For several nodes: three replicas of each partition; a record is acknowledged when two replicas have it. */
function placeSettings(place: KafkaPlace, port: number): Settings {
  const { host, nodeId, voters, controllerPort, outsidePort } = place;
  const nodes = voters.split(",").length;
  const outside = outsidePort !== undefined;
  const all = "0.0.0.0";
  const copies = Math.min(3, nodes);
  return {
    "node.id": nodeId,
    "controller.quorum.voters": voters,
    listeners: [
      `CLIENTS://${all}:${port}`,
      ...(outside ? [`OUTSIDE://${all}:${outsidePort}`] : []),
      `CONTROLLER://${all}:${controllerPort}`,
    ].join(),
    "advertised.listeners": [
      `CLIENTS://${host}:${port}`,
      ...(outside ? [`OUTSIDE://${loopback}:${outsidePort}`] : []),
    ].join(),
    "listener.security.protocol.map": "CLIENTS:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "default.replication.factor": copies,
    "min.insync.replicas": Math.min(2, copies),
    "offsets.topic.replication.factor": copies,
    "transaction.state.log.replication.factor": copies,
    "transaction.state.log.min.isr": Math.min(2, copies),
  };
}

function propertiesText(settings: Settings): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${String(value).replaceAll("\\", "\\\\")}\n`)
    .join("");
}
