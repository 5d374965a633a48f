/** A standalone Spark cluster for tests: one Master and one Worker from the project's jars, on the loopback address. */
import { freePort, loopback, type ManagedProcess } from "../../../runners/services/index.js";
import { untilTrue } from "../../../runners/services/readiness.js";
import {
  sparkState,
  startSparkMaster,
  startSparkWorker,
  type SparkState,
} from "../../../runners/services/spark-hosts.js";

export interface SparkCluster {
  /** `spark://HOST:PORT` */
  master: string;
  /** State shown on its page. */
  state(): Promise<SparkState>;
  /** Stops its Worker: from then on no job gets a core. */
  stopWorker(): Promise<void>;
  stop(): Promise<void>;
}

const readyWithinMs = 60_000;

export async function startSparkCluster(stateFolder: string, cores: number): Promise<SparkCluster> {
  const [port, pagePort] = [await freePort(), await freePort()];
  const master = `spark://${loopback}:${port}`;
  const page = `http://${loopback}:${pagePort}/json/`;
  const state = (): Promise<SparkState> => sparkState(page);
  const parts: ManagedProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const part of parts.splice(0).reverse()) await part.stop();
  };
  const common = { stateFolder, host: loopback };
  try {
    parts.push(await startSparkMaster({ ...common, port, pagePort }));
    parts.push(await startSparkWorker({ ...common, master, cores, memoryMb: 1024, page }));
    const isComplete = (): Promise<boolean> =>
      state().then(
        ({ aliveworkers }) => aliveworkers === 1,
        () => false,
      );
    if (!(await untilTrue(isComplete, AbortSignal.timeout(readyWithinMs))))
      throw new Error("the Master does not see its Worker");
  } catch (error) {
    await stop();
    throw error;
  }
  const stopWorker = async (): Promise<void> => parts.pop()?.stop();
  return { master, state, stopWorker, stop };
}
