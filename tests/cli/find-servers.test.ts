/** Commands find Kafka, Flink and workers of the running system by its note; options have priority. */
import { describe, expect, it } from "vitest";
import { findServers, withServers } from "../../runners/cli/find-servers.js";
import { writeServicesNote } from "../../runners/services/background.js";
import { writeStateFile, type SystemServers } from "../../runners/system/note.js";
import { scratchFolder } from "../helpers/scratch.js";
import { flinkWith } from "../flink/fake-flink.js";
import { startFalsePeer } from "./false-peers.js";
import { contextOf, runCli } from "./run-cli.js";

const scratch = scratchFolder();
const addresses = {
  bootstrapServers: "127.0.0.1:1092",
  flinkMaster: "127.0.0.1:1081",
  workerPool: "127.0.0.1:1500",
};
const servers: SystemServers = { stream: "lab2", ...addresses };

/** State folder of a running system, whose process is this test. */
function runningSystem(given: SystemServers | undefined, url = "http://127.0.0.1:1/"): string {
  const folder = scratch.folder("state");
  const runner = given === undefined ? "embedded" : "flink";
  const note = { url, token: "token", started_ms: 1, runner, version: "0" };
  writeStateFile(folder, given === undefined ? note : { ...note, servers: given });
  return folder;
}

const wanted = ["bootstrapServers", "flinkMaster", "workerPool"] as const;

function resolved(stateDir: string, options: object = {}): [object, string] {
  const context = contextOf({ folder: scratch.path });
  const found = withServers({ stateDir, ...options }, wanted, context);
  return [found, (context.stderr as unknown as { text: string }).text];
}

describe("without an option", () => {
  it("the servers, the login and the telescope of the running system are used and reported in one line", () => {
    const folder = runningSystem({ ...servers, kafkaSettings: "/etc/kafka.properties" });
    expect(resolved(folder)).toEqual([
      { stateDir: folder, ...servers, kafkaSettings: "/etc/kafka.properties" },
      "muonitor: using Kafka at 127.0.0.1:1092, Flink at 127.0.0.1:1081, workers at 127.0.0.1:1500 " +
        "of the system at http://127.0.0.1:1/\n",
    ]);
  });

  it("the servers of muonitor init are used if no system runs, or a system in a single process", () => {
    const folder = runningSystem(undefined);
    writeServicesNote(folder, addresses);
    expect(findServers(folder)).toEqual({ ...addresses, where: "muonitor init" });
    expect(resolved(folder)[0]).toEqual({ stateDir: folder, ...addresses, stream: "minidt" });
  });

  it("the default addresses are used, without a notice, if nothing runs", () => {
    const folder = scratch.folder("nothing");
    // The note of a system that has ended.
    scratch.write("nothing/system.json", JSON.stringify({ pid: 1, url: "http://127.0.0.1:1/", servers }));
    expect(resolved(folder)).toEqual([
      {
        stateDir: folder,
        stream: "minidt",
        bootstrapServers: "127.0.0.1:9092",
        flinkMaster: "127.0.0.1:8081",
        workerPool: "127.0.0.1:50000",
      },
      "",
    ]);
  });

  it("the default addresses are used, with a notice, if only an embedded system runs", () => {
    const folder = runningSystem(undefined);
    const [found, line] = resolved(folder, { workerPool: "127.0.0.1:5" });
    expect(found).toMatchObject({ bootstrapServers: "127.0.0.1:9092", flinkMaster: "127.0.0.1:8081" });
    expect(line).toBe(
      "muonitor: the system at http://127.0.0.1:1/ is embedded and has no servers; " +
        "trying Kafka at 127.0.0.1:9092, Flink at 127.0.0.1:8081\n",
    );
  });
});

it("each option has priority, and a Kafka given by option does not get the login of the system's Kafka", () => {
  const folder = runningSystem({ ...servers, kafkaSettings: "/etc/kafka.properties" });
  const [found, line] = resolved(folder, { bootstrapServers: "kafka:9092", stream: "lab3" });
  expect(found).toEqual({ stateDir: folder, ...servers, bootstrapServers: "kafka:9092", stream: "lab3" });
  expect(line).toBe(
    "muonitor: using Flink at 127.0.0.1:1081, workers at 127.0.0.1:1500 of the system at http://127.0.0.1:1/\n",
  );
});

describe("the verbs", () => {
  it.each(["jobs", "cancel", "savepoint", "submit"])(
    "%s uses the Flink of the running system",
    async (verb) => {
      const flinkMaster = await startFalsePeer("is a web server");
      const folder = runningSystem({ ...servers, flinkMaster });
      const { code, stderr } = await runCli([verb, "--state-dir", folder]);
      expect(code).toBe(1);
      expect(stderr).toContain(`Flink at ${flinkMaster}`);
      expect(stderr).toContain(`${flinkMaster} does not speak Flink's REST API: got HTML`);
    },
  );

  it("jobs lists the jobs of the running system", async () => {
    const { rest } = await flinkWith({ "GET /jobs/overview": [[200, { jobs: [] }]] });
    const folder = runningSystem({ ...servers, flinkMaster: rest.master });
    expect(await runCli(["jobs", "--state-dir", folder])).toMatchObject({
      code: 0,
      stdout: `no job at ${rest.master}\n`,
    });
  });

  const topics = [
    "list",
    "describe t",
    "peek t",
    "count t",
    "create t",
    "delete t --yes",
    "publish t --numbers 1..2",
  ];

  it.each([
    ...topics.map((words) => `topics ${words}`),
    "audit",
    "results",
    "results --once",
    "bridge --port 0 --history none",
    "process --input kafka",
  ])("%s uses the Kafka of the running system", async (words) => {
    const bootstrapServers = await startFalsePeer("is a web server");
    const folder = runningSystem({ ...servers, bootstrapServers });
    const { code, stderr } = await runCli([...words.split(" "), "--state-dir", folder]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `muonitor: using Kafka at ${bootstrapServers} of the system at http://127.0.0.1:1/\n`,
    );
    expect(stderr).toContain(`${bootstrapServers} is not a Kafka broker`);
  });

  it("produce sends to the Kafka of muonitor init", async () => {
    const bootstrapServers = await startFalsePeer("is a web server");
    const folder = scratch.folder("state");
    writeServicesNote(folder, { ...addresses, bootstrapServers });
    const { code, stderr } = await runCli(["produce", "--limit", "1", "--state-dir", folder]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`using Kafka at ${bootstrapServers} of muonitor init`),
    ]);
  });
});
