/** The faults of a chaos run: how each begins, what the status must say while it stands, and how it ends. */
import type { ChaosSystem } from "./system.js";

export interface Fault {
  name: string;
  /** What the status says. */
  named: RegExp;
  /** @returns how to end it; null where the system cures it by itself */
  begin: (system: ChaosSystem) => Promise<(() => void | Promise<void>) | null>;
}

/** A part of the system: [name, words of its command line, when it is killed, when it is frozen] */
const parts: readonly (readonly [string, string, RegExp, RegExp])[] = [
  [
    "worker",
    "runners/worker/worker-main.js",
    /the job muonitor|records come|tasks of the job/,
    /worker pool has had no answer of/,
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

/** A part that was frozen for long may have been killed and replaced. */
function resume(pid: number): void {
  try {
    process.kill(pid, "SIGCONT");
  } catch {
    // It is gone.
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

/** The faults that are possible on this machine. */
export function faultsFor({ disk }: Pick<ChaosSystem, "disk">): Fault[] {
  return [...parts.map(killOf), ...parts.map(freezeOf), ...others, ...(disk === null ? [] : [fullDisk])];
}
