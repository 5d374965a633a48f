/** Beam's job server for Spark: it runs Spark in its own JVM, or uses a cluster. */
import { join } from "node:path";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { makePrivateFolder } from "../process/index.js";
import { type BeamService, startService } from "./beam-services.js";
import { choosePort, environmentOf, type ServiceOptions } from "./options.js";
import { freePort, loopback } from "./ports.js";
import { UnavailableError } from "../../pipeline/model/index.js";

interface SparkJobServerOptions extends ServiceOptions {
  /** `local[CORES,ATTEMPTS]` or `spark://HOST:PORT`. */
  sparkMaster: string;
  /** Maximum number of cores requested from a cluster. */
  maxCores: number;
  port?: number;
  heapMb?: number;
}

/** Packages that Spark accesses by reflection in addition to those of Beam. */
const openedPackages = [
  "java.io",
  "java.util.concurrent.atomic",
  "jdk.internal.ref",
  "sun.nio.cs",
  "sun.security.action",
  "sun.util.calendar",
];

const defaultHeapMb = 1024;

export async function startSparkJobServer(options: SparkJobServerOptions): Promise<BeamService> {
  const environment = await environmentOf(options, "beam-spark", "spark-job-server");
  const port = await choosePort("the Spark job server", options.port);
  const localFolder = join(environment.folder, "local");
  makePrivateFolder(localFolder);
  // Name and value as separate arguments: the server cuts NAME=VALUE at the first space, which may be in a path.
  const args = [
    ...["--spark-master-url", options.sparkMaster],
    ...["--job-host", loopback],
    ...["--job-port", String(port)],
    ...["--artifact-port", String(await freePort())],
    ...["--artifacts-dir", join(environment.folder, "artifacts")],
    "--expansion-port=-1",
  ];
  const settings = {
    ...(await driverSettings(options.sparkMaster)),
    "spark.local.dir": localFolder,
    "spark.ui.enabled": "false",
    "spark.cores.max": String(Math.max(1, options.maxCores)),
    // A cluster without a free core is reported after this time and then repeatedly.
    "spark.starvation.timeout": "3s",
  };
  const flags = [
    ...openedPackages.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
    ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
  ];
  const { heapMb = defaultHeapMb } = options;
  const mainClass = "org.apache.beam.runners.spark.SparkJobServerDriver";
  return startService(
    environment,
    { name: "the Spark job server", mainClass, args, port, heapMb, flags },
    options,
  );
}

/** The first master of `spark://HOST:PORT,HOST:PORT`. */
const standalone = /^spark:\/\/([^:,/]+):(\d+)/;

/** Address settings of a driver. */
export async function driverSettings(sparkMaster: string): Promise<Record<string, string>> {
  const address = await driverAddress(sparkMaster);
  return { "spark.driver.host": address, "spark.driver.bindAddress": address };
}

/**
 * Address at which executors reach the driver: the loopback if the master is on this machine, else the address of the
 * interface that leads to the master.
 * @throws UnavailableError when no interface does
 */
async function driverAddress(sparkMaster: string): Promise<string> {
  const [, host, port] = standalone.exec(sparkMaster) ?? [];
  if (host === undefined) return loopback;
  const address = await addressTowards(host, Number(port)).catch((cause: unknown) => {
    throw new UnavailableError(`${sparkMaster} cannot be reached: ${(cause as Error).message}`, { cause });
  });
  return address.startsWith("127.") ? loopback : address;
}

/** Connecting a UDP socket sends nothing, but makes the system choose a route. */
async function addressTowards(host: string, port: number): Promise<string> {
  const socket = createSocket("udp4");
  try {
    const connected = once(socket, "connect");
    socket.connect(port, host);
    await connected;
    return socket.address().address;
  } finally {
    socket.close();
  }
}
