/** Places where a secret could be exposed: responses of Flink, command lines, files. */
import { spawnSync } from "node:child_process";
import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** Responses of Flink's REST interface about a job and its cluster, by path. */
export async function flinkAnswers(master: string, jobId: string): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  const ask = async (path: string): Promise<string> => {
    const response = await fetch(`http://${master}${path}`);
    const text = await response.text();
    answers.set(path, `${response.status} ${text}`);
    return text;
  };
  const job = `/jobs/${jobId}`;
  const { vertices } = JSON.parse(await ask(job)) as { vertices: { id: string }[] };
  for (const path of ["config", "plan", "exceptions", "checkpoints", "checkpoints/config", "accumulators"])
    await ask(`${job}/${path}`);
  for (const { id } of vertices)
    for (const path of ["", "/accumulators", "/subtasks/accumulators", "/metrics"])
      await ask(`${job}/vertices/${id}${path}`);
  for (const path of ["config", "environment", "logs", "metrics"]) await ask(`/jobmanager/${path}`);
  const { taskmanagers } = JSON.parse(await ask("/taskmanagers")) as { taskmanagers: { id: string }[] };
  for (const { id } of taskmanagers) await ask(`/taskmanagers/${id}`);
  return answers;
}

/** Once per second, counts the processes whose command line contains a secret. */
export function watchCommandLines(secrets: readonly string[]): {
  stop: () => { looks: number; found: number };
} {
  let [looks, found] = [0, 0];
  const look = (): void => {
    const { stdout } = spawnSync("ps", ["-Ao", "args="], { encoding: "utf8", maxBuffer: 1 << 24 });
    looks += stdout.includes("ps -Ao args=") ? 1 : 0;
    found += stdout.split("\n").filter((line) => secrets.some((secret) => line.includes(secret))).length;
  };
  const timer = setInterval(look, 1000);
  return {
    stop: () => {
      clearInterval(timer);
      look();
      return { looks, found };
    },
  };
}

interface Find {
  /** Path below the folder. */
  path: string;
  /** Whether only the user can read it. */
  isPrivate: boolean;
}

/** Files below a folder that contain a secret. */
export function filesWith(folder: string, secrets: readonly string[]): Find[] {
  return walk(folder, folder, false).filter(({ path }) => {
    const text = contentOf(join(folder, path));
    return secrets.some((secret) => text.includes(secret));
  });
}

/** Content of a file; empty if it no longer exists, like a file of an older checkpoint. */
function contentOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** Kafka's index files are skipped: they are large and contain only offsets. */
const isIndex = (name: string): boolean => /\.(time)?index$/.test(name);

function walk(top: string, folder: string, isInPrivate: boolean): Find[] {
  return entriesOf(folder).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!(entry.isDirectory() || entry.isFile()) || isIndex(entry.name)) return [];
    const { mode } = statSync(path, { throwIfNoEntry: false }) ?? { mode: 0 };
    const isPrivate = isInPrivate || (mode & 0o077) === 0;
    return entry.isDirectory() ? walk(top, path, isPrivate) : [{ path: relative(top, path), isPrivate }];
  });
}

/** Entries of a folder; none if it no longer exists. */
function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
