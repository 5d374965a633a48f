/** The job of a cluster that a verb selects: each stream has its own. */
import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { flinkWith, type Answer } from "../flink/fake-flink.js";
import { scratchFolder } from "../helpers/scratch.js";
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

describe("the container that starts the job", () => {
  const scratch = scratchFolder();

  it.each([
    ["does nothing while the job runs", job("muonitor"), false],
    ["does nothing while the job restarts", job("muonitor", "RESTARTING"), false],
    ["submits the job when it has failed", job("muonitor", "FAILED"), true],
    ["submits the job when another one runs", job("muonitor-lab2"), true],
  ])("%s", async (title, one, submits) => {
    const list = async (...args: string[]): Promise<string> => (await at([one], "jobs", ...args)).stdout;
    const folder = title.replaceAll(" ", "-");
    const program = scratch.write(
      `${folder}/muonitor`,
      `#!/bin/sh
case "$*" in
  jobs*--json*) echo '${(await list("--json")).trim()}' ;;
  jobs*) echo '${(await list()).trim()}' ;;
  submit*) echo submitted ;;
esac
`,
    );
    chmodSync(program, 0o755);
    const path = `${scratch.path}/${folder}:${process.env["PATH"]}`;
    const script = join(root, "infra/containers/start-job.sh");
    const output = execFileSync(script, ["kafka:19092", "jobmanager:8081", "2"], {
      env: { PATH: path },
      encoding: "utf8",
    });
    expect(output).toBe(submits ? "submitted\n" : "the job is already running\n");
  });
});
