/** Ctrl-C and down end everything within 10 s, even with dead or frozen processes, and report undelivered rows. */
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import { defaultStream, topicsOf } from "../../pipeline/model/index.js";
import { cleanTopic, ensureTopics, rawTopic, startKafka } from "../../runners/services/index.js";
import { buildWithPage } from "../helpers/build.js";
import { describeWithJava, temporaryState } from "../services/with-java.js";
import { startMuonitor, type RealProcess } from "./real-process.js";

/** Timeout for a start of Kafka and Flink on a loaded machine. */
const polling = { timeout: 400_000, interval: 250 };
const promisedMs = 10_000;
/** Additional time for the start of `down` itself, and for a loaded machine. */
const slackMs = 5000;

beforeAll(buildWithPage, 300_000);

function start(args: readonly string[], folder: string, env: Record<string, string> = {}): RealProcess {
  const running = startMuonitor(args, folder, env);
  onTestFinished(() => running.signal("SIGKILL"));
  return running;
}

async function endsInTime(running: RealProcess, sinceMs: number): Promise<void> {
  await running.ended;
  expect(performance.now() - sinceMs, running.stderr()).toBeLessThan(promisedMs + slackMs);
}

const leftIn = (folder: string): string[] =>
  readdirSync(folder).filter((name) => /\.(lock|json|owner)$/.test(name));

describeWithJava("verbs that use an external Kafka", () => {
  const kafkaFolder = temporaryState();
  const stream = topicsOf(defaultStream);

  it.each(["SIGSTOP", "SIGKILL"] as const)("end in time after Kafka gets %s", async (fault) => {
    const { bootstrapServers, part } = await startKafka({ stateFolder: kafkaFolder, fresh: true });
    onTestFinished(() => part.kill9());
    await ensureTopics(bootstrapServers, [
      rawTopic(2, stream.rawTopic),
      cleanTopic(stream.cleanTopic),
      cleanTopic("results"),
    ]);
    const folder = temporaryState();
    const options = ["--bootstrap-servers", bootstrapServers];
    const own = [...options, "--state-dir", folder];
    const verbs = [
      start(["produce", "--rate", "1000", ...own], folder),
      start(["beat", ...own], folder),
      start(["bridge", "--port", "0", ...own], folder),
      start(["results", ...options], folder),
    ] as const;
    const [produce, , bridge] = verbs;
    const isAt = (rate: RegExp) => (): boolean => rate.test(produce.stderr().split("\n").at(-2) ?? "");
    await expect.poll(isAt(/"rateHz":[1-9]/), polling).toBe(true);
    await expect.poll(bridge.stdout, polling).toContain("Muonitor shows");
    process.kill(part.pid, fault);
    await expect.poll(isAt(/"rateHz":0,/), polling).toBe(true);
    const sinceMs = performance.now();
    for (const verb of verbs) verb.signal("SIGINT");
    for (const verb of verbs) await endsInTime(verb, sinceMs);
    expect(produce.stderr()).toMatch(/\d+ rows were read but NOT accepted/);
    expect(leftIn(folder)).toEqual([]);
  });
});

/** Processes with a mark in their environment and these words in their command line; Linux only. */
function marked(mark: string, words = ""): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const command = readProc(pid, "cmdline");
      const isShell = command.includes("supervise.sh");
      return !isShell && command.includes(words) && readProc(pid, "environ").includes(mark);
    })
    .map(Number);
}

function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

describeWithJava("up --runner flink", () => {
  const words = {
    Kafka: "kafka.Kafka server.properties",
    JobManager: "StandaloneSessionClusterEntrypoint",
    TaskManager: "taskexecutor.TaskManagerRunner",
    worker: "runners/worker/worker-main.js",
  };

  it.each([
    [["Kafka"], "SIGINT"],
    [["JobManager", "TaskManager"], "SIGHUP"],
    [["worker"], "down"],
    [["Kafka", "JobManager", "TaskManager", "worker"], "down"],
  ] as const)("ends, with %s frozen, by %s", async (frozen, by) => {
    const folder = temporaryState();
    const mark = randomUUID();
    const args = ["up", "--runner", "flink", "--window", "1", "--port", "0", "--state-dir", folder];
    const up = start(args, folder, { SHUTDOWN_TEST_MARK: mark });
    await expect.poll(up.stdout, polling).toContain("is live at");
    await expect.poll(() => marked(mark, words.worker), polling).not.toEqual([]);
    for (const name of frozen) for (const pid of marked(mark, words[name])) process.kill(pid, "SIGSTOP");
    const sinceMs = performance.now();
    if (by === "down") await endsInTime(start(["down", "--state-dir", folder], folder), sinceMs);
    else up.signal(by);
    await endsInTime(up, sinceMs);
    await expect.poll(() => marked(mark), { timeout: 5000 }).toEqual([]);
    expect(leftIn(folder)).toEqual([]);
    if (frozen[0] === "Kafka") expect(up.stderr()).toMatch(/\d+ rows were read but not accepted/);
  });
});
