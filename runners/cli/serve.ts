/** `serve`: keeps one service of a cluster running on this machine; started by a container or a service manager. */
import { join, resolve } from "node:path";
import { UsageError } from "../../pipeline/model/index.js";
import { readProperties } from "../kafka/index.js";
import { untilAborted } from "../process/index.js";
import { startJobManagerHost, startKafka, startTaskManagerHost } from "../services/index.js";
import { ClusterServices } from "../services/cluster-services.js";
import type { FlinkHostOptions } from "../services/flink.js";
import { startS3Proxy } from "../services/s3-server.js";
import { startSparkMaster, startSparkWorker } from "../services/spark-hosts.js";
import { environmentOf } from "../services/options.js";
import { recoverySettings, startZooKeeper } from "../services/zookeeper.js";
import { readSettings } from "./flink-options.js";
import { ports, roles, serveOptions, type Role, type ServeOptions } from "./serve-options.js";
import { stateFolder } from "./system-options.js";
import { defineVerb, type CliContext } from "./verb.js";

export const serveVerb = defineVerb({
  name: "serve",
  summary: "run one service of a cluster on this machine: Kafka, Flink, Spark, S3",
  description: `Starts the service, restarts it when it exits or hangs, and stops it on Ctrl-C. A TaskManager and a Spark worker have
their pool of workers beside them, on this machine only. With --host the service listens on all addresses: anyone who can
reach Flink, Spark, ZooKeeper or a Kafka without a login can control them, so protect them with a firewall.`,
  arguments: [{ name: "<role>", description: roles.join(", "), offers: roles }],
  options: serveOptions,
  examples: [
    "muonitor serve kafka --host kafka",
    "muonitor serve jobmanager --host flink --shared-dir /shared",
    "muonitor serve taskmanager --host node-7 --jobmanager flink --slots 4 --shared-dir /shared",
  ],
  run: serve,
});

/** Long, because a service may have to wait for services on machines that start later. */
const startMs = 600_000;

interface Serving {
  options: ServeOptions;
  context: CliContext;
  port: number;
  services: ClusterServices;
  common: { stateFolder: string; log: (line: string) => void; signal: AbortSignal; readyWithinMs: number };
}

async function serve(options: ServeOptions, context: CliContext): Promise<number> {
  const role = roleOf(options.role);
  const log = context.log.info;
  const { signal } = context;
  const common = { stateFolder: stateFolder(options, context), log, signal, readyWithinMs: startMs };
  const services = new ClusterServices({ ...common, kafkaBytes: 0 });
  const port = options.port ?? ports[role];
  try {
    await starts[role]({ options, context, port, services, common });
    context.stdout.write(`${role} is ready at ${options.host}:${port}\n`);
    await untilAborted(context.signal);
    return 0;
  } finally {
    await services.close();
  }
}

function roleOf(text: string): Role {
  const role = roles.find((one) => one === text);
  if (role === undefined) throw new UsageError(`role must be one of ${roles.join(", ")}, not "${text}"`);
  return role;
}

const starts: Record<Role, (serving: Serving) => Promise<void>> = {
  kafka: serveKafka,
  zookeeper: async ({ services, common, port }) => {
    const environment = await environmentOf(common, "beam-flink", "zookeeper");
    const { part } = await startZooKeeper(environment, common.signal, port);
    services.keep([part], () => part.stop());
  },
  jobmanager: async (serving) => {
    const part = await startJobManagerHost(flinkOf(serving, serving.port));
    serving.services.keep([part], () => part.stop());
  },
  taskmanager: async (serving) => {
    await serving.services.startPool(serving.port);
    const part = await startTaskManagerHost(flinkOf(serving, serving.options.restPort));
    serving.services.keep([part], () => part.stop());
  },
  s3: async ({ services, common, port, options: { host }, context: { env } }) => {
    const [accessKeyId = "", secretAccessKey = ""] = [env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]];
    if (accessKeyId === "" || secretAccessKey === "")
      throw new UsageError(
        "serve s3 reads its keys from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: set both",
      );
    const address = host === "127.0.0.1" ? host : "0.0.0.0";
    const part = await startS3Proxy({ ...common, host: address, port, accessKeyId, secretAccessKey });
    services.keep([part], () => part.stop());
  },
  "spark-master": async ({ services, common, port, options }) => {
    const { host, sparkPagePort: pagePort } = options;
    const part = await startSparkMaster({ ...common, host, port, pagePort });
    services.keep([part], () => part.stop());
  },
  "spark-worker": async ({ services, common, port, options }) => {
    await services.startPool(port);
    const { host, slots: cores, memory: memoryMb, sparkMaster = host, sparkPagePort } = options;
    const master = `spark://${sparkMaster}:${ports["spark-master"]}`;
    const page = `http://${sparkMaster}:${sparkPagePort}/json/`;
    const part = await startSparkWorker({ ...common, host, master, cores, memoryMb, page });
    services.keep([part], () => part.stop());
  },
};

async function serveKafka({ services, common, port, options, context }: Serving): Promise<void> {
  const { host, nodeId, controllerPort, outsidePort, clusterId, brokerSettings } = options;
  const { voters = `${nodeId}@${host}:${controllerPort}` } = options;
  if (voters.includes(",") && clusterId === undefined)
    throw new UsageError("--voters names several nodes: set the same --cluster-id on all of them");
  const settings =
    brokerSettings === undefined
      ? new Map<string, string>()
      : readProperties(resolve(context.folder, brokerSettings));
  const { part } = await startKafka({
    ...common,
    port,
    place: { host, nodeId, voters, controllerPort, outsidePort },
    kafkaSettings: readSettings(options, context),
    settings: Object.fromEntries(settings),
    ...(clusterId === undefined ? {} : { clusterId }),
  });
  services.keep([part], () => part.stop());
}

function flinkOf({ options, common, context }: Serving, restPort: number): FlinkHostOptions {
  const { host, jobmanager = host, jobmanagerPort: rpcPort, slots, memory: taskHeapMb, zookeeper } = options;
  const sharedFolder = resolve(context.folder, options.sharedDir ?? join(common.stateFolder, "flink"));
  const settings = zookeeper === undefined ? {} : recoverySettings(zookeeper, sharedFolder);
  const place = { host, jobManager: jobmanager, sharedFolder };
  return { ...common, place, restPort, rpcPort, slots, taskHeapMb, settings };
}
