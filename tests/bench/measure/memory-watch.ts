/** Resident memory of a process and its descendants: the peak of each and of the total. */
import { spawnSync } from "node:child_process";

/** Peak of one process. */
export interface ProcessPeak {
  name: string;
  mb: number;
}

/** Names of the processes of a run, by part of their command line. */
const names: readonly (readonly [string, string])[] = [
  ["StandaloneSessionClusterEntrypoint", "JobManager"],
  ["TaskManagerRunner", "TaskManager"],
  ["FlinkJobServerDriver", "Beam job server"],
  ["SparkJobServerDriver", "Spark"],
  ["worker-main", "worker"],
  ["muonitor.js", "driver"],
];
/** Minimum size; excludes supervising shells and short-lived programs. */
const leastMb = 8;

interface Row {
  pid: number;
  parent: number;
  kb: number;
  command: string;
}

export class MemoryWatch {
  private totalKb = 0;
  private readonly processes = new Map<number, { name: string; kb: number }>();

  constructor(private readonly root: number) {}

  /** Takes a sample. @returns current total, MB */
  look(): number {
    const rows = familyOf(this.root);
    const nowKb = rows.reduce((sum, { kb }) => sum + kb, 0);
    this.totalKb = Math.max(this.totalKb, nowKb);
    for (const { pid, kb, command } of rows) {
      const known = this.processes.get(pid) ?? { name: "", kb: 0 };
      // A process has its parent's command line before exec, and none after its end.
      this.processes.set(pid, { name: nameOf(command) || known.name, kb: Math.max(known.kb, kb) });
    }
    return nowKb / 1024;
  }

  /** Peak of the total, MB. */
  get totalMb(): number {
    return Math.round(this.totalKb / 1024);
  }

  /** Peak of each process, the largest first. */
  get peaks(): ProcessPeak[] {
    return [...this.processes.values()]
      .map(({ name, kb }) => ({ name, mb: Math.round(kb / 1024) }))
      .filter(({ name, mb }) => name !== "" && mb >= leastMb)
      .sort((a, b) => b.mb - a.mb);
  }
}

function nameOf(command: string): string {
  if (/^(\S*\/)?sh /.test(command)) return "";
  return names.find(([part]) => command.includes(part))?.[1] ?? "";
}

/** A process and all its descendants. */
function familyOf(root: number): Row[] {
  const { stdout } = spawnSync("ps", ["-Ao", "pid=,ppid=,rss=,args="], {
    encoding: "utf8",
    maxBuffer: 1 << 24,
  });
  const all = stdout.split("\n").flatMap((line): Row[] => {
    const [, pid, parent, kb, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    if (command === undefined || command.startsWith("ps ")) return [];
    return [{ pid: Number(pid), parent: Number(parent), kb: Number(kb), command }];
  });
  const family = new Set([root]);
  for (let before = 0; before !== family.size;) {
    before = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return all.filter(({ pid }) => family.has(pid));
}

/** "TaskManager 812, JobManager 301, worker 120 + 118", MB. */
export function peaksText(peaks: readonly ProcessPeak[]): string {
  const names = new Set(peaks.map(({ name }) => name));
  const sizesOf = (name: string): number[] => peaks.filter((one) => one.name === name).map(({ mb }) => mb);
  return [...names].map((name) => `${name} ${sizesOf(name).join(" + ")}`).join(", ");
}
