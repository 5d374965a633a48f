/**
 * ZooKeeper, from Flink's own jars: stores the running jobs and the locations of their checkpoints, so that a
 * restarted JobManager resumes them.
 */
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { makePrivateFolder } from "../process/index.js";
import { ClassArchive } from "./class-archive.js";
import { flinkUri, type FlinkSettings } from "./flink-settings.js";
import { jvmCommand } from "./java.js";
import type { Environment } from "./options.js";
import { ManagedProcess } from "./managed-process.js";
import { freePort, loopback } from "./ports.js";

interface ZooKeeper {
  part: ManagedProcess;
  /** Settings for the cluster that uses it. */
  settings: FlinkSettings;
}

const mainClass = "org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer";
const settingsFile = "zookeeper.properties";
const heapMb = 64;

/** Starts it in the folder of a Flink cluster; with a port also for other machines. */
export async function startZooKeeper(
  environment: Environment,
  signal?: AbortSignal,
  wanted?: number,
): Promise<ZooKeeper> {
  const { folder } = environment;
  const port = wanted ?? (await freePort());
  makePrivateFolder(folder);
  writeFileSync(
    join(folder, settingsFile),
    propertiesText(port, wanted === undefined ? loopback : "0.0.0.0"),
    { mode: 0o600 },
  );
  const part = await ManagedProcess.start(
    {
      name: "ZooKeeper",
      command: jvmCommand({
        ...environment,
        mainClass,
        args: ["--zkConfigFile", settingsFile, "--peerId", "1"],
        heapMb,
        smallJvm: true,
      }),
      archive: ClassArchive.of(mainClass, environment, join(folder, "zookeeper.classes")),
      folder,
      logFile: environment.logFile("zookeeper"),
      answers: () => zooKeeperAnswers(port),
      readyWithinMs: environment.readyWithinMs,
    },
    signal,
  );
  return { part, settings: recoverySettings(`${loopback}:${port}`, folder) };
}

/**
 * Settings by which a JobManager resumes the jobs of its predecessor.
 * @param quorum HOST:PORT of ZooKeeper
 * @param folder folder that every JobManager can access
 */
export function recoverySettings(quorum: string, folder: string): FlinkSettings {
  return {
    "high-availability.type": "zookeeper",
    "high-availability.zookeeper.quorum": quorum,
    "high-availability.storageDir": flinkUri(join(folder, "recovery")),
    "high-availability.cluster-id": "/muonitor",
    // A restarted JobManager becomes leader as soon as the session of the killed one has expired.
    "high-availability.zookeeper.client.session-timeout": 10_000,
  };
}

function propertiesText(port: number, address: string): string {
  return [
    "dataDir=zookeeper",
    `clientPort=${port}`,
    `clientPortAddress=${address}`,
    "admin.enableServer=false",
    "tickTime=2000",
    "",
  ].join("\n");
}

/** Whether a server answers a status request. */
function zooKeeperAnswers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: loopback, timeout: 2000 }, () => socket.write("srvr"));
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("data", (reply) => end(reply.toString("latin1").startsWith("Zookeeper version")));
    for (const event of ["error", "timeout", "close"]) socket.once(event, () => end(false));
  });
}
