/** Beam's job server for Spark: it runs Spark in its own JVM, or drives a cluster. */
import { join } from "node:path";
import { makePrivateFolder } from "../process/index.js";
import { startService, type BeamService } from "./beam-services.js";
import { choosePort, environmentOf, type ServiceOptions } from "./options.js";
import { freePort, loopback } from "./ports.js";
import { driverSettings } from "./spark-driver.js";

interface SparkJobServerOptions extends ServiceOptions {
  /** `local[CORES,ATTEMPTS]` or `spark://HOST:PORT`. */
  sparkMaster: string;
  /** Cores that are asked of a cluster at most. */
  maxCores: number;
  port?: number;
  heapMb?: number;
}

/** What Spark reaches into besides what Beam does. */
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
  // Name and value apart: the server cuts NAME=VALUE at the first space, which may be in a path.
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
    // A cluster without a free core is reported after this time and then again and again.
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
