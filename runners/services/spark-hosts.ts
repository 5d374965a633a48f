/** The daemons of a standalone Spark cluster, from the same jars as the driver. */
import { existsSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { makePrivateFolder } from "../process/index.js";
import { jvmCommand } from "./java.js";
import { ManagedProcess } from "./managed-process.js";
import { environmentOf, type Environment, type ServiceOptions } from "./options.js";

interface SparkHostOptions extends ServiceOptions {
  /** Name or address at which the other machines reach this one. */
  host: string;
}

interface SparkMasterOptions extends SparkHostOptions {
  port: number;
  pagePort: number;
}

interface SparkWorkerOptions extends SparkHostOptions {
  /** `spark://HOST:PORT` */
  master: string;
  cores: number;
  memoryMb: number;
  /** Address of the Master's page in JSON, which lists its Workers. */
  page: string;
}

/** The fields that are read from the Master's page in JSON. */
export interface SparkState {
  status: string;
  aliveworkers: number;
  coresused: number;
  activeapps: unknown[];
  completedapps: unknown[];
  workers: { host: string; state: string }[];
}

export async function sparkState(page: string): Promise<SparkState> {
  return (await (await fetch(page, { signal: AbortSignal.timeout(2000) })).json()) as SparkState;
}

export async function startSparkMaster(options: SparkMasterOptions): Promise<ManagedProcess> {
  const { host, port, pagePort } = options;
  const environment = await environmentOf(options, "beam-spark", "spark-cluster");
  const args = ["--host", host, "--port", String(port), "--webui-port", String(pagePort)];
  return startDaemon(environment, { kind: "Master", host, args }, () =>
    sparkState(`http://${host}:${pagePort}/json/`).then(
      ({ status }) => status === "ALIVE",
      () => false,
    ),
  );
}

export async function startSparkWorker(options: SparkWorkerOptions): Promise<ManagedProcess> {
  const { host, master, cores, memoryMb, page } = options;
  const environment = await environmentOf(options, "beam-spark", "spark-cluster");
  const size = ["--cores", String(cores), "--memory", `${memoryMb}m`];
  const place = ["--host", host, "--webui-port", "0", "--work-dir", join(environment.folder, "work")];
  return startDaemon(environment, { kind: "Worker", host, args: [...place, ...size, master] }, () =>
    sparkState(page).then(
      ({ workers }) => workers.some((one) => one.host === host && one.state === "ALIVE"),
      () => false,
    ),
  );
}

function startDaemon(
  environment: Environment,
  { kind, host, args }: { kind: "Master" | "Worker"; host: string; args: readonly string[] },
  answers: () => Promise<boolean>,
): Promise<ManagedProcess> {
  const command = jvmCommand({
    ...environment,
    mainClass: `org.apache.spark.deploy.${kind.toLowerCase()}.${kind}`,
    args,
    heapMb: 256,
    smallJvm: true,
    flags: ["--add-opens=java.base/sun.security.action=ALL-UNNAMED"],
  });
  return ManagedProcess.start({
    name: `Spark's ${kind}`,
    command: ["/usr/bin/env", ...homeOf(environment, host), ...command],
    folder: environment.folder,
    logFile: environment.logFile(`spark-${kind.toLowerCase()}`),
    answers,
    readyWithinMs: environment.readyWithinMs,
  });
}

/** A Worker starts executors with the jars that it finds in its home. */
function homeOf({ folder, jars }: Environment, host: string): string[] {
  makePrivateFolder(folder);
  const link = join(folder, "jars");
  if (!existsSync(link)) symlinkSync(jars, link);
  return [`SPARK_HOME=${folder}`, "SPARK_SCALA_VERSION=2.12", `SPARK_LOCAL_IP=${host}`];
}
