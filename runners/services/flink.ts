/** A standalone Flink cluster: one JobManager and TaskManagers, each a JVM process on the loopback interface. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { makePrivateFolder, together } from "../process/index.js";
import { UnavailableError } from "../../pipeline/model/index.js";
import { ClassArchive } from "./class-archive.js";
import {
  clusterSettings,
  jobManagerHeapMb,
  taskManagerFlags,
  taskManagerHeapMb,
  type FlinkLayout,
  type FlinkPlace,
  type FlinkSettings,
} from "./flink-settings.js";
import { jvmCommand } from "./java.js";
import { choosePort, environmentOf, type ServiceOptions, type Environment } from "./options.js";
import { ManagedProcess } from "./managed-process.js";
import { freePort, loopback } from "./ports.js";
import { noAnswer } from "./probe.js";
import { flinkOverview, flinkTaskManagers, untilTrue, type FlinkTaskManager } from "./readiness.js";
import { startZooKeeper } from "./zookeeper.js";

export interface FlinkOptions extends ServiceOptions {
  taskManagers?: number;
  /** Slots of each TaskManager. */
  slots?: number;
  /** Port of the REST interface and the web page; default: a free one. */
  restPort?: number;
  /** Heap for the tasks of one TaskManager. */
  taskHeapMb?: number;
  /** Also starts a ZooKeeper, so that jobs survive failures of the JobManager and of the whole cluster. */
  highAvailability?: boolean;
  /** Drops the jobs that an earlier cluster left in the state folder; their checkpoints are kept. */
  fresh?: boolean;
  /** Further settings, which override ours. */
  settings?: FlinkSettings;
}

export interface FlinkCluster {
  restUrl: string;
  /** HOST:PORT in the form that the Beam job server expects. */
  master: string;
  jobManager: ManagedProcess;
  taskManagers: readonly ManagedProcess[];
  /** Null without high availability. */
  zooKeeper: ManagedProcess | null;
  /**
   * Resolves when the JobManager knows all TaskManagers; false on timeout. A TaskManager that was just killed counts
   * as known until its heartbeat times out.
   */
  complete: () => Promise<boolean>;
  stop: () => Promise<void>;
}

/** TaskManagers send a heartbeat every second. */
const staleHeartbeatMs = 3000;

export async function startFlink(options: FlinkOptions): Promise<FlinkCluster> {
  const environment = await environmentOf(options, "beam-flink", "flink");
  const { taskManagers: wanted = 1, slots = 1, taskHeapMb = 512, signal } = options;
  const restPort = await choosePort("Flink's page", options.restPort);
  const layout = { folder: environment.folder, restPort, rpcPort: await freePort(), slots, taskHeapMb };
  const restUrl = `http://${loopback}:${restPort}`;
  const parts: ManagedProcess[] = [];
  let zooKeeper: ManagedProcess | null = null;
  const stop = async (): Promise<void> => {
    await Promise.all(parts.map((part) => part.stop()));
    await zooKeeper?.stop();
  };
  const kept = async (starting: Promise<ManagedProcess>): Promise<ManagedProcess> => {
    const part = await starting;
    parts.push(part);
    return part;
  };
  const complete = (): Promise<boolean> =>
    knowsAll(restUrl, wanted, slots, AbortSignal.timeout(environment.readyWithinMs));
  try {
    if (options.fresh) forgetJobs(environment);
    const recovery = options.highAvailability ? await startZooKeeper(environment, signal) : null;
    zooKeeper = recovery?.part ?? null;
    writeConfig(environment, layout, { ...recovery?.settings, ...options.settings });
    // A TaskManager registers as soon as there is a JobManager.
    const numbers = Array.from({ length: wanted }, (_, i) => i + 1);
    const [jobManager, ...taskManagers] = await together(
      [
        (signal) => kept(startJobManager(environment, restUrl, signal)),
        ...numbers.map((number) => (signal: AbortSignal) => {
          const which = { number, restUrl, isJobManagerHere: true };
          return kept(startTaskManager(environment, layout, which, signal));
        }),
      ],
      signal,
    );
    if (!(await complete()))
      throw new UnavailableError(`not all ${wanted} TaskManagers are registered with Flink`);
    const master = `${loopback}:${restPort}`;
    return { restUrl, master, jobManager, taskManagers, zooKeeper, complete, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** One part of a cluster on several machines. */
export interface FlinkHostOptions extends ServiceOptions {
  place: FlinkPlace;
  restPort: number;
  rpcPort: number;
  /** Slots of this TaskManager. */
  slots: number;
  taskHeapMb: number;
  settings: FlinkSettings;
}

export async function startJobManagerHost(options: FlinkHostOptions): Promise<ManagedProcess> {
  const { environment } = await prepareHost(options);
  return startJobManager(environment, `http://${loopback}:${options.restPort}`, options.signal);
}

export async function startTaskManagerHost(options: FlinkHostOptions): Promise<ManagedProcess> {
  const { environment, layout } = await prepareHost(options);
  const { jobManager, host } = options.place;
  const restUrl = `http://${jobManager}:${options.restPort}`;
  return startTaskManager(
    environment,
    layout,
    { number: host, restUrl, isJobManagerHere: false },
    options.signal,
  );
}

async function prepareHost(
  options: FlinkHostOptions,
): Promise<{ environment: Environment; layout: FlinkLayout }> {
  const environment = await environmentOf(options, "beam-flink", "flink");
  const layout = { ...options, folder: environment.folder };
  for (const name of ["checkpoints", "savepoints"]) makePrivateFolder(join(options.place.sharedFolder, name));
  writeConfig(environment, layout, options.settings);
  return { environment, layout };
}

function forgetJobs({ folder }: Environment): void {
  for (const name of ["zookeeper", "recovery"]) rmSync(join(folder, name), { recursive: true, force: true });
}

function writeConfig(environment: Environment, layout: FlinkLayout, more: FlinkSettings): void {
  for (const name of ["conf", "tmp", "checkpoints", "savepoints"]) {
    makePrivateFolder(join(environment.folder, name));
  }
  const text = stringify({ ...clusterSettings(layout), ...more });
  writeFileSync(join(environment.folder, "conf", "config.yaml"), text, { mode: 0o600 });
}

function startJobManager(
  environment: Environment,
  restUrl: string,
  signal?: AbortSignal,
): Promise<ManagedProcess> {
  const logFile = environment.logFile("flink-jobmanager");
  const mainClass = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint";
  const command = jvmCommand({
    ...environment,
    mainClass,
    args: ["--configDir", "conf"],
    heapMb: jobManagerHeapMb,
    smallJvm: true,
    flags: [`-Dlog.file=${logFile}`],
  });
  const answers = async (): Promise<boolean> => (await flinkOverview(restUrl)) !== null;
  const { folder, readyWithinMs } = environment;
  const archive = ClassArchive.of(mainClass, environment, join(folder, "jobmanager.classes"));
  return ManagedProcess.start(
    { name: "Flink's JobManager", command, archive, folder, logFile, answers, readyWithinMs },
    signal,
  );
}

/** A TaskManager has no interface to probe: the JobManager knows whether it is registered, and its last heartbeat. */
function startTaskManager(
  environment: Environment,
  layout: FlinkLayout,
  {
    number,
    restUrl,
    isJobManagerHere,
  }: { number: number | string; restUrl: string; isJobManagerHere: boolean },
  signal?: AbortSignal,
): Promise<ManagedProcess> {
  const id = `taskmanager-${number}`;
  const logFile = environment.logFile(`flink-${id}`);
  const mainClass = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner";
  const command = jvmCommand({
    ...environment,
    mainClass,
    // A restarted TaskManager keeps its name, so that Flink replaces the failed one immediately.
    args: ["--configDir", "conf", "-D", `taskmanager.resource-id=${id}`],
    heapMb: taskManagerHeapMb(layout),
    flags: [`-Dlog.file=${logFile}`, ...taskManagerFlags],
  });
  const known = (): Promise<FlinkTaskManager[] | null> => flinkTaskManagers(restUrl);
  return ManagedProcess.start(
    {
      name: `Flink's TaskManager ${number}`,
      command,
      archive: ClassArchive.of(mainClass, environment, join(environment.folder, `${id}.classes`)),
      folder: environment.folder,
      logFile,
      answers: async (launchedMs) =>
        (registeredAs(id, await known())?.timeSinceLastHeartbeat ?? 0) > launchedMs,
      ask: async () => troubleOf(id, await known(), { isJobManagerHere }),
      readyWithinMs: environment.readyWithinMs,
    },
    signal,
  );
}

function registeredAs(id: string, known: FlinkTaskManager[] | null): FlinkTaskManager | undefined {
  return known?.find((one) => one.id === id);
}

/**
 * Problem of a TaskManager, worded to follow its name. Null while a JobManager on another machine does not answer,
 * because the problem is then unknown and a restart would not help.
 */
export function troubleOf(
  id: string,
  known: FlinkTaskManager[] | null,
  { isJobManagerHere }: { isJobManagerHere: boolean },
): string | null {
  if (known === null && !isJobManagerHere) return null;
  const manager = registeredAs(id, known);
  if (manager === undefined) return "has not been registered with the JobManager";
  return Date.now() - manager.timeSinceLastHeartbeat > staleHeartbeatMs ? noAnswer : null;
}

/** A TaskManager is registered a moment before its slots are. */
function knowsAll(restUrl: string, count: number, slots: number, signal: AbortSignal): Promise<boolean> {
  return untilTrue(async () => {
    const overview = await flinkOverview(restUrl);
    return overview !== null && overview.taskmanagers >= count && overview["slots-total"] >= count * slots;
  }, signal);
}
