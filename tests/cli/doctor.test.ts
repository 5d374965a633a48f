/** The doctor on machines with and without the required programs. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { localChecks, type CheckContext } from "../../runners/cli/doctor/local.js";
import { scratchFolder } from "../helpers/scratch.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();
const state = ["--state-dir", scratch.path];

interface Report {
  fit: boolean;
  findings: { what: string; status: string; found: string; help: string | null }[];
}

async function doctor(
  ...args: string[]
): Promise<{ code: number; report: Report; of: (what: string) => object | undefined }> {
  const { code, stdout } = await runCli(["doctor", "--json", ...state, ...args]);
  const report = JSON.parse(stdout) as Report;
  return { code, report, of: (what) => report.findings.find((finding) => finding.what === what) };
}

/** One check with only this environment. */
async function look(
  what: string,
  env: NodeJS.ProcessEnv,
  context: Partial<CheckContext> = {},
): Promise<object> {
  const usual = { env, stateFolder: scratch.path, runner: "embedded" } as const;
  const check = localChecks({ ...usual, ...context }).find((one) => one.what === what);
  return check!.look();
}

describe("doctor", () => {
  it("finds this machine fit for the embedded system", async () => {
    const { code, report, of } = await doctor();
    expect([code, report.fit]).toEqual([0, true]);
    expect(of("Node")).toMatchObject({
      status: "ok",
      found: expect.stringContaining(process.versions.node),
    });
  });

  it("explains how to install Java and Maven if they are missing", async () => {
    expect(await look("Java 17", { PATH: "" }, { javaFolders: [] })).toEqual({
      is: "absent",
      found: "java is not on PATH",
      help: expect.stringMatching(/^set JAVA_HOME, or install Java: apt-get install default-jre-headless/),
    });
    expect(await look("Chromium", { PATH: "" })).toMatchObject({
      is: "absent",
      help: expect.stringContaining("apt-get"),
    });
  });

  it.each([
    ["flink", "ok", null],
    ["spark", "absent", /^set JAVA_HOME, or install Java: apt-get install openjdk-17-jre-headless/],
    ["embedded", "doubtful", /^Spark 3\.5 needs Java 17 or 21; found 25 at .*; set JAVA_HOME/],
  ] as const)("reports whether %s runs on Java 25", async (runner, is, help) => {
    const home = scratch.folder(`java-${runner}`);
    mkdirSync(join(home, "bin"));
    const version = `#!/bin/sh\necho 'openjdk version "25.0.2" 2026-01-20' >&2\n`;
    writeFileSync(join(home, "bin", "java"), version, { mode: 0o755 });
    expect(await look("Java 17", { JAVA_HOME: home }, { runner, javaFolders: [] })).toEqual({
      is,
      found: expect.stringContaining(join(home, "bin", "java")),
      help: help === null ? null : expect.stringMatching(help),
    });
  });

  it.each([
    ["flink", "the jars of kafka and beam-flink are not installed yet"],
    ["spark", "the jars of beam-spark are not installed yet"],
    ["embedded", "the jars of kafka, beam-flink and beam-spark are not installed yet"],
  ] as const)("looks for the jars that %s needs", async (runner, words) => {
    const jarsFolder = scratch.folder("jars");
    expect(await look("Maven and jars", { PATH: "" }, { runner, jarsFolder })).toEqual({
      is: "absent",
      found: `${words}, and mvn is not on PATH`,
      help: expect.stringMatching(/^install Maven: apt-get install maven/),
    });
  });

  it("reports what the runner needs as missing, with exit code 1", async () => {
    const { code, stdout } = await runCli(["doctor", "--runner", "flink", ...state]);
    const { code: without, report } = await doctor("--runner", "flink");
    // The environment is empty here: without PATH there is no Java.
    expect([code, without, report.fit]).toEqual([1, 1, false]);
    expect(stdout).toMatch(/^MISSING Java 17 {2,}java is not on PATH\n +set JAVA_HOME, /m);
    expect(stdout).toMatch(/\nNOT ready for --runner flink\n$/);
  });

  it("reports a folder that cannot be written to", async () => {
    const folder = scratch.folder("closed");
    chmodSync(folder, 0o500);
    // Root can write everywhere.
    const expected = process.getuid?.() === 0 ? "ok" : "absent";
    expect(await look("state folder", {}, { stateFolder: `${folder}/state` })).toMatchObject({
      is: expected,
    });
    expect(await look("state folder", {})).toMatchObject({ is: "ok" });
  });

  it("shows which options the environment sets, not their values", async () => {
    const env = { MUONITOR_RATE: "secret", MUONITOR_CALLER_DIR: "/", OTHER: "x" };
    expect(await look("environment", env)).toMatchObject({ found: "sets MUONITOR_RATE" });
  });

  it("checks servers that are given as options, which are then required", async () => {
    const server = createServer((_, response) => response.writeHead(403).end()).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const answered = await doctor("--s3-endpoint", endpoint);
    expect(answered.code).toBe(0);
    expect(answered.of("S3")).toMatchObject({ status: "ok", found: `${endpoint} answers (HTTP 403)` });
    const silent = await doctor("--flink-master", "127.0.0.1:1", "--bootstrap-servers", "127.0.0.1:1");
    expect(silent.code).toBe(1);
    expect(silent.of("Flink")).toMatchObject({
      status: "missing",
      found: "no Flink cluster answers at 127.0.0.1:1: connection refused",
    });
    expect(silent.of("Kafka")).toMatchObject({
      status: "missing",
      found: expect.stringContaining("no Kafka broker answers"),
    });
  });
});
