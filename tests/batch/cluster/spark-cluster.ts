/** A standalone Spark cluster for tests: one Master and one Worker from the jars of the project, on the loopback. */
import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { freePort, loopback, ManagedProcess } from "../../../runners/services/index.js";
import { jvmCommand } from "../../../runners/services/java.js";
import { environmentOf, type Environment } from "../../../runners/services/options.js";
import { untilTrue } from "../../../runners/services/readiness.js";

export interface SparkCluster {
  /** `spark://HOST:PORT` */
  master: string;
  /** What its page says of itself. */
  state(): Promise<SparkState>;
  /** Ends its Worker: from then on no job gets a core. */
  stopWorker(): Promise<void>;
  stop(): Promise<void>;
}

/** What we read of the Master's page in JSON. */
interface SparkState {
  status: string;
  aliveworkers: number;
  coresused: number;
  activeapps: unknown[];
  completedapps: unknown[];
}

const readyWithinMs = 60_000;
const executorMb = 1024;

export async function startSparkCluster(stateFolder: string, cores: number): Promise<SparkCluster> {
  const around = await environmentOf({ stateFolder }, "beam-spark", "spark-cluster");
  const [port, pagePort] = [await freePort(), await freePort()];
  const master = `spark://${loopback}:${port}`;
  const page = `http://${loopback}:${pagePort}/json/`;
  const state = async (): Promise<SparkState> => (await (await fetch(page)).json()) as SparkState;
  const answers = (isSo: (state: SparkState) => boolean) => () => state().then(isSo, () => false);
  const parts: ManagedProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const part of parts.splice(0).reverse()) await part.stop();
  };
  try {
    const masterArgs = ["--host", loopback, "--port", String(port), "--webui-port", String(pagePort)];
    parts.push(
      await startDaemon(
        around,
        "Master",
        masterArgs,
        answers(({ status }) => status === "ALIVE"),
      ),
    );
    const memory = ["--cores", String(cores), "--memory", `${executorMb}m`];
    const place = ["--host", loopback, "--webui-port", "0", "--work-dir", join(around.folder, "work")];
    const workerArgs = [...place, ...memory, master];
    parts.push(await startDaemon(around, "Worker", workerArgs, () => Promise.resolve(true)));
    const isComplete = answers(({ aliveworkers }) => aliveworkers === 1);
    if (!(await untilTrue(isComplete, AbortSignal.timeout(readyWithinMs))))
      throw new Error("the Master does not see its Worker");
  } catch (error) {
    await stop();
    throw error;
  }
  const stopWorker = async (): Promise<void> => parts.pop()?.stop();
  return { master, state, stopWorker, stop };
}

function startDaemon(
  around: Environment,
  kind: "Master" | "Worker",
  args: readonly string[],
  answers: () => Promise<boolean>,
): Promise<ManagedProcess> {
  const command = jvmCommand({
    ...around,
    mainClass: `org.apache.spark.deploy.${kind.toLowerCase()}.${kind}`,
    args,
    heapMb: 256,
    smallJvm: true,
    flags: ["--add-opens=java.base/sun.security.action=ALL-UNNAMED"],
  });
  return ManagedProcess.start({
    name: `Spark's ${kind}`,
    command: ["/usr/bin/env", ...homeOf(around), ...command],
    folder: around.folder,
    logFile: around.logFile(`spark-${kind.toLowerCase()}`),
    answers,
    readyWithinMs,
  });
}

/** A Worker starts executors with the jars that it finds in its home. */
function homeOf({ folder, jars }: Environment): string[] {
  mkdirSync(folder, { recursive: true });
  const link = join(folder, "jars");
  if (!existsSync(link)) symlinkSync(jars, link);
  return [`SPARK_HOME=${folder}`, "SPARK_SCALA_VERSION=2.12", `SPARK_LOCAL_IP=${loopback}`];
}
