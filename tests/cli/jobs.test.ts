/** The job of a cluster that a verb selects: each stream has its own. */
import { describe, expect, it } from "vitest";
import { flinkWith, type Answer } from "../flink/fake-flink.js";
import { runCli, type CliOutcome } from "./run-cli.js";

const ids = { muonitor: "a".repeat(32), "muonitor-lab2": "b".repeat(32), ended: "c".repeat(32) };

const job = (name: keyof typeof ids, state = "RUNNING"): unknown => ({
  ...{ jid: ids[name], name: name === "ended" ? "muonitor" : name, state },
  ...{ "start-time": 0, duration: 1 },
});

/** Runs a verb for a cluster with these jobs. */
async function at(jobs: readonly unknown[], verb: string, ...args: string[]): Promise<CliOutcome> {
  const one = (id: string): Record<string, Answer[]> => ({
    [`PATCH /jobs/${id}?mode=cancel`]: [[202, {}]],
    [`GET /jobs/${id}`]: [[200, { jid: id, state: "CANCELED" }]],
    [`GET /jobs/${id}/checkpoints`]: [[200, { counts: {}, latest: { completed: null } }]],
  });
  const { rest } = await flinkWith({
    "GET /jobs/overview": [[200, { jobs }]],
    "GET /overview": [[200, { "slots-available": 1, "slots-total": 1 }]],
    "GET /jobmanager/config": [[200, [{ key: "state.checkpoints.dir", value: "file:///tmp" }]]],
    ...one(ids.muonitor),
    ...one(ids["muonitor-lab2"]),
  });
  return runCli([verb, "--flink-master", rest.master, ...args]);
}

const both = [job("muonitor"), job("muonitor-lab2"), job("ended", "CANCELED")];

describe("a verb for one job", () => {
  it.each([
    ["the only job that has not ended", [job("muonitor-lab2"), job("ended", "FAILED")], [], "muonitor-lab2"],
    ["the job of the stream", both, ["--stream", "lab2"], "muonitor-lab2"],
    ["the job of the default stream", both, ["--stream", "minidt"], "muonitor"],
  ])("selects %s", async (_, jobs, args, name) => {
    const { code, stdout } = await at(jobs, "cancel", ...args);
    const id = ids[name as keyof typeof ids];
    expect([code, stdout]).toMatchObject([0, expect.stringContaining(`(${id}) has ended`)]);
  });

  it.each([
    [
      "two jobs without a selection",
      both,
      [],
      "2 jobs run at HOST (muonitor, muonitor-lab2): select one with --stream or --job",
    ],
    [
      "a stream without a job",
      both,
      ["--stream", "lab3"],
      "no job muonitor-lab3 runs at HOST (running: muonitor, muonitor-lab2)",
    ],
    ["a cluster without jobs", [job("ended", "FINISHED")], [], "no job runs at HOST"],
  ])("refuses %s", async (_, jobs, args, line) => {
    const { code, stderr } = await at(jobs, "savepoint", ...args);
    expect([code, stderr.split("\n")[0]?.replace(/127\.0\.0\.1:\d+/, "HOST")]).toEqual([
      2,
      `muonitor: ${line}`,
    ]);
  });

  it("lists all jobs, or the job of a stream", async () => {
    expect((await at(both, "jobs")).stdout.trimEnd().split("\n")).toHaveLength(3);
    const { stdout } = await at(both, "jobs", "--stream", "lab2", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ name: "muonitor-lab2", id: ids["muonitor-lab2"] });
    expect((await at(both, "jobs", "--stream", "lab3")).stdout).toMatch(/^no job of lab3 at /);
  });
});

describe("submit --if-missing", () => {
  const submit = (one: ReturnType<typeof job>): ReturnType<typeof runCli> =>
    at([one], "submit", "--if-missing", "--bootstrap-servers", "127.0.0.1:1");

  it.each(["RUNNING", "RESTARTING", "CREATED"])("returns the id of a job that is %s", async (state) => {
    const one = job("muonitor", state);
    expect(await submit(one)).toMatchObject({
      code: 0,
      stdout: `${ids.muonitor}\n`,
      stderr: "muonitor: the job muonitor already exists\n",
    });
  });

  it.each([
    ["has failed", job("muonitor", "FAILED")],
    ["is of another stream", job("muonitor-lab2")],
  ])("submits the job when the existing one %s", async (_, one) => {
    const { code, stdout, stderr } = await submit(one);
    expect([code, stdout]).toEqual([1, ""]);
    // The submission continues with Kafka, which does not run here.
    expect(stderr).toContain("127.0.0.1:1");
  });
});
