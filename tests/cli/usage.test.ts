/** Wrong usage: exit code 2 and one clear line. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { scratchFolder } from "../helpers/scratch.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();

describe("wrong usage", () => {
  it.each([
    ["an unknown verb", ["procces"], "unknown command 'procces'"],
    ["an unknown option", ["process", "--inptu", "x"], "unknown option '--inptu'"],
    ["a missing value", ["process", "--input"], "option '--input <path>' needs a value"],
    ["an argument too many", ["status", "now"], 'status: too many arguments: "now"'],
    ["an input without its option", ["process", "x.txt"], '"x.txt" (did you mean --input x.txt?)'],
    ["a missing argument", ["topics", "peek"], "missing argument <topic>"],
    ["a topic too many", ["topics", "peek", "a", "b"], 'topics peek: too many arguments: "b"'],
    ["a URL for an address", ["jobs", "--flink-master", "http://f:1"], 'must be HOST:PORT without "http://"'],
    [
      "a stream on Spark",
      ["up", "--runner", "spark"],
      "use muonitor process --runner spark for existing records",
    ],
    ["services for a stream on Spark", ["init", "--runner", "spark"], "cannot be spark: Beam's Spark runner"],
    ["help on an unknown verb", ["procces", "--help"], "unknown command 'procces'"],
    ["help on an unknown verb of a group", ["topics", "pek", "--help"], "unknown command 'pek'"],
    ["a source option without a source", ["up", "--no-source", "--loop"], "--loop cannot be combined"],
    ["a loop of the simulator", ["up", "--loop"], "--loop needs --input: the simulator has no end"],
    ["a simulator that is followed", ["produce", "--follow"], "--follow needs --input"],
    ["an unknown preset", ["up", "--config", "locahlost"], "presets are cloud, localhost, system-c"],
    ["a missing input", ["process"], "process: option --input <path> is missing"],
    [
      "a window that is not a number",
      ["process", "--input", "x", "--window", "5s"],
      `option '--window <seconds>' must be a whole number from 1 to 60, not "5s"`,
    ],
    ["a window that is too long", ["process", "--input", "x", "--window", "61"], "from 1 to 60"],
    ["a window of a fraction of a second", ["process", "--input", "x", "--window", "0.5"], "whole number"],
    [
      "an unknown format",
      ["process", "--input", "x", "--format", "xml"],
      `option '--format <format>' must be one of auto, csv, json, dat, not "xml"`,
    ],
    ["an unknown clock", ["process", "--input", "x", "--time", "local"], "must be one of detector, arrival"],
    ["arrival time for files", ["process", "--input", "x", "--time", "arrival"], "needs --input kafka"],
    [
      "a topic together with files",
      ["process", "--input", "kafka", "--input", "x"],
      "cannot be combined with other inputs",
    ],
    ["an invalid position", ["process", "--input", "kafka", "--from", "soon"], "must be earliest, latest"],
    [
      "a cluster for the direct runner",
      ["process", "--input", "x", "--flink-master", "flink:8081"],
      "--flink-master needs --runner flink",
    ],
    [
      "a Spark master for Flink",
      ["process", "--input", "x", "--runner", "flink", "--spark-master", "spark://spark:7077"],
      "--spark-master needs --runner spark",
    ],
    [
      "a worker pool without a cluster",
      ["process", "--input", "x", "--runner", "flink", "--worker-pool", "127.0.0.1:50000"],
      "--worker-pool needs --flink-master or --spark-master",
    ],
    [
      "a reference whose name is a path",
      ["process", "--input", "x", "--save-reference", "../x"],
      "must be 1 to 64 letters",
    ],
    ["a rate below 0", ["produce", "--rate", "-1"], "must be a number from 0 to"],
    ["a rate that is not a number", ["produce", "--rate", "fast"], 'not "fast"'],
    ["an invalid port", ["up", "--port", "65536"], "from 0 to 65535"],
    ["rows per message of 0", ["up", "--rows-per-message", "0"], "from 1 to 5000"],
    ["a lateness that is too long", ["up", "--lateness", "3601"], "from 0 to 3600"],
    ["a Kafka for the embedded system", ["up", "--bootstrap-servers", "kafka:9092"], "needs --runner flink"],
    [
      "a login for the embedded system",
      ["up", "--kafka-settings", "x"],
      "--kafka-settings needs --runner flink",
    ],
    [
      "a login for the built-in Kafka",
      ["up", "--runner", "flink", "--kafka-settings", "x"],
      "--kafka-settings needs --bootstrap-servers",
    ],
    ["brokers without a port", ["produce", "--bootstrap-servers", "kafka"], 'must be HOST:PORT, not "kafka"'],
    ["an invalid port of a worker pool", ["worker", "--port", "x"], "from 0 to 65535"],
    [
      "a file source without a path",
      ["up", "--source", "file", "--state-dir", scratch.path],
      "--source file needs --input PATH",
    ],
  ])("%s", async (_, args, message) => {
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stdout]).toEqual([2, ""]);
    const [first, ...rest] = stderr.trimEnd().split("\n");
    expect(first).toMatch(/^muonitor: /);
    expect(first).toContain(message);
    expect(rest.filter((line) => line !== "" && !/^\((muonitor|Did you mean) /.test(line))).toEqual([]);
  });

  it.each([
    ["start", "up"],
    ["stop", "down"],
    ["staus", "status"],
  ])("the unknown command %s suggests %s", async (word, verb) => {
    const { code, stderr } = await runCli([word]);
    expect([code, stderr]).toEqual([
      2,
      `muonitor: unknown command '${word}'\n(Did you mean ${verb}?)\n(muonitor --help lists the commands)\n`,
    ]);
  });

  it.each([[["version"]], [["-v"]]])("%j prints the version", async (args) => {
    expect(await runCli(args)).toEqual(await runCli(["--version"]));
  });

  it("a wrong choice from the environment is reported with its variable", async () => {
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv("MUONITOR_SOURCE", "tape");
    const bySource = await runCli(["up"]);
    expect(bySource.stderr).toContain("(from MUONITOR_SOURCE) must be one of simulator");
    vi.unstubAllEnvs();
    vi.stubEnv("MUONITOR_RUNNER", "spark");
    const byRunner = await runCli(["up"]);
    expect([byRunner.code, byRunner.stderr]).toEqual([
      2,
      expect.stringContaining("(from MUONITOR_RUNNER) cannot be spark: "),
    ]);
  });

  it.each(["up", "produce"])("%s: standard input cannot be combined with another input", async (verb) => {
    const args = [verb, "--input", "-", "--input", scratch.write("a.csv", ""), "--state-dir", scratch.path];
    expect(await runCli(args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--input - cannot be combined"),
    });
  });
});

describe("other mistakes give exit code 1 and one line", () => {
  it.each([
    ["produce without a system", ["produce"], "no system is running: start one with muonitor up --no-source"],
    ["produce with a missing input", ["produce", "--input", `${scratch.path}/none`], "no such file"],
    [
      "a replay of read-out words",
      ["up", "--input", scratch.write("a.dat", "")],
      "only CSV files can be replayed",
    ],
    ["a replay of an empty folder", ["up", "--input", scratch.folder("empty")], "no file found"],
    ["a replay of a missing file", ["up", "--input", `${scratch.path}/none`], "no such file or directory"],
  ])("%s", async (_, args, message) => {
    const { code, stdout, stderr } = await runCli([...args, "--state-dir", scratch.folder("state")]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^muonitor: [^\n]*\n$/);
    expect(stderr).toContain(message);
  });

  it("status reports on standard output that nothing runs with this state folder", async () => {
    const folder = scratch.folder("state");
    const args = ["status", "--state-dir", folder];
    expect(await runCli(args)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(`no Muonitor runs with the state folder ${folder};`),
      stderr: "",
    });
    expect(await runCli([...args, "--json"])).toEqual({ code: 1, stdout: "null\n", stderr: "" });
  });

  it("down succeeds when nothing runs, whatever the state file contains", async () => {
    for (const note of ["", "null", "{}", '{"pid":1,"url":"http://127.0.0.1:1/","started_ms":5}']) {
      const folder = scratch.folder("state");
      scratch.write("state/system.json", note);
      const outcome = await runCli(["down", "--state-dir", folder]);
      expect(outcome).toEqual({ code: 0, stdout: "Muonitor is not running\n", stderr: "" });
    }
  });
});
