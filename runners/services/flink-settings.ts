/** Settings of a Flink cluster on one machine. */
import { join } from "node:path";
import { loopback } from "./ports.js";

export type FlinkSettings = Readonly<Record<string, string | number | boolean>>;

export interface FlinkLayout {
  folder: string;
  restPort: number;
  rpcPort: number;
  slots: number;
  taskHeapMb: number;
  /** Addresses of a cluster on several machines; without them all services listen on the loopback. */
  place?: FlinkPlace;
}

export interface FlinkPlace {
  /** Name or address at which the other machines reach this one. */
  host: string;
  /** Address of the JobManager. */
  jobManager: string;
  /** Folder that all machines can access by this path: checkpoints, savepoints, and the recovery data of the JobManager. */
  sharedFolder: string;
}

/** Heap of a JobManager, and the sizes of a TaskManager other than the heap of its tasks, in MB. */
export const jobManagerHeapMb = 512;
const frameworkHeapMb = 128;
const directMb = 256;
const metaspaceMb = 384;

/** Heap of a TaskManager's JVM: Flink does not check it, but uses it in calculations. */
export function taskManagerHeapMb({ taskHeapMb }: FlinkLayout): number {
  return frameworkHeapMb + taskHeapMb;
}

/** Flags for the remaining memory of a TaskManager's JVM, as set by Flink's own scripts. */
export const taskManagerFlags = [
  `-XX:MaxDirectMemorySize=${directMb}m`,
  `-XX:MaxMetaspaceSize=${metaspaceMb}m`,
] as const;

/** All settings of a cluster, for JobManager and TaskManagers alike; other ports are chosen by the system. */
export function clusterSettings(layout: FlinkLayout): FlinkSettings {
  return { ...addresses(layout), ...folders(layout), ...memory(layout), ...recovery };
}

function addresses({ restPort, rpcPort, slots, place }: FlinkLayout): FlinkSettings {
  const [own, jobManager] = [place?.host ?? loopback, place?.jobManager ?? loopback];
  // A machine may return from a network failure with another address.
  const bind = place === undefined ? loopback : "0.0.0.0";
  return {
    "jobmanager.rpc.address": jobManager,
    "jobmanager.rpc.port": rpcPort,
    "jobmanager.bind-host": bind,
    "taskmanager.host": own,
    "taskmanager.bind-host": bind,
    "rest.address": jobManager,
    "rest.bind-address": bind,
    "rest.port": restPort,
    "rest.bind-port": String(restPort),
    // Otherwise anyone who can reach the port could run a jar.
    "web.submit.enable": false,
    "taskmanager.numberOfTaskSlots": slots,
  };
}

function folders({ folder, place }: FlinkLayout): FlinkSettings {
  const shared = place?.sharedFolder ?? folder;
  return {
    "io.tmp.dirs": join(folder, "tmp"),
    "process.working-dir": join(folder, "work"),
    "web.tmpdir": join(folder, "tmp"),
    "state.checkpoints.dir": flinkUri(join(shared, "checkpoints")),
    "state.savepoints.dir": flinkUri(join(shared, "savepoints")),
  };
}

/** Flink reads `%20` in a URI as three characters of a name, not as a space. */
export function flinkUri(path: string): string {
  return `file://${path}`;
}

/** A TaskManager not started by Flink's scripts needs every size explicitly. */
function memory({ taskHeapMb }: FlinkLayout): FlinkSettings {
  const overhead = "192m";
  return {
    "jobmanager.memory.process.size": "1024m",
    "taskmanager.cpu.cores": 1,
    "taskmanager.memory.framework.heap.size": `${frameworkHeapMb}m`,
    "taskmanager.memory.task.heap.size": `${taskHeapMb}m`,
    "taskmanager.memory.framework.off-heap.size": "128m",
    "taskmanager.memory.task.off-heap.size": "64m",
    "taskmanager.memory.network.min": "64m",
    "taskmanager.memory.network.max": "64m",
    "taskmanager.memory.managed.size": "64m",
    "taskmanager.memory.jvm-metaspace.size": `${metaspaceMb}m`,
    "taskmanager.memory.jvm-overhead.min": overhead,
    "taskmanager.memory.jvm-overhead.max": overhead,
  };
}

/** Settings by which the cluster survives a process failure. */
const recovery: FlinkSettings = {
  "restart-strategy.type": "exponential-delay",
  "restart-strategy.exponential-delay.initial-backoff": "1 s",
  "restart-strategy.exponential-delay.max-backoff": "30 s",
  // A hung TaskManager is detected by the age of its last heartbeat.
  "heartbeat.interval": 1000,
  "heartbeat.timeout": 15_000,
  // A job's jars are on the class path: copies per job would fill the metaspace with every restart.
  "classloader.resolve-order": "parent-first",
};
