/** The faults of a chaos run: how each starts, the status expected while it is active, and how it ends. */
import type { ChaosSystem } from "./system.js";

export interface Fault {
  name: string;
  /** Expected status text. */
  named: RegExp;
  /** @returns function that ends it; null if the system recovers on its own */
  begin: (system: ChaosSystem) => Promise<(() => void | Promise<void>) | null>;
}

/** A service: [name, words of its command line, expected status after a kill, expected status while frozen] */
const parts: readonly (readonly [string, string, RegExp, RegExp])[] = [
  [
    "worker",
    "runners/worker/worker-main.js",
    /the job muonitor|records come|tasks of the job/,
    /worker pool has had no answer from/,
  ],
  ["worker pool", "runners/worker/pool-main.js", /worker pool has died/, /worker pool has not answered/],
  [
    "TaskManager",
    "taskexecutor.TaskManagerRunner",
    /TaskManager 1 has died/,
    /TaskManager 1 has not (answered|been registered)/,
  ],
  ["JobManager", "StandaloneSessionClusterEntrypoint", /JobManager has died/, /JobManager has not answered/],
  ["ZooKeeper", "FlinkZooKeeperQuorumPeer", /ZooKeeper has died/, /ZooKeeper has not answered/],
  ["Kafka", "kafka.Kafka server.properties", /Kafka has died/, /Kafka has not answered/],
];

function killOf([name, words, named]: (typeof parts)[number]): Fault {
  return {
    name: `kill ${name}`,
    named,
    begin: (system) => {
      process.kill(system.pidOf(words), "SIGKILL");
      return Promise.resolve(null);
    },
  };
}

function freezeOf([name, words, , named]: (typeof parts)[number]): Fault {
  return {
    name: `freeze ${name}`,
    named,
    begin: (system) => {
      const pid = system.pidOf(words);
      process.kill(pid, "SIGSTOP");
      return Promise.resolve(() => resume(pid));
    },
  };
}

/** A service that was frozen for long may have been killed and replaced. */
function resume(pid: number): void {
  try {
    process.kill(pid, "SIGCONT");
  } catch {
    // The process has ended.
  }
}

const others: readonly Fault[] = [
  {
    name: "kill produce",
    named: /silent/,
    begin: async (system) => {
      await system.killProducer();
      return () => system.continueProducing();
    },
  },
  {
    name: "restart bridge",
    named: /the bridge does not answer/,
    begin: async (system) => {
      await system.killBridge();
      return () => system.startBridge();
    },
  },
];

const fullDisk: Fault = {
  name: "fill disk",
  named: /^the disk of \S+ has no space left/,
  begin: ({ disk }) => {
    disk?.fill();
    return Promise.resolve(() => disk?.free());
  },
};

/** The faults that can be simulated on this machine. */
export function faultsFor({ disk }: Pick<ChaosSystem, "disk">): Fault[] {
  return [...parts.map(killOf), ...parts.map(freezeOf), ...others, ...(disk === null ? [] : [fullDisk])];
}
