/** An unsupported Java version is refused in one line, before anything starts. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { examplesFolder } from "../golden/pairs.js";
import { buildWithPage } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { program, startNode } from "./real-process.js";

const scratch = scratchFolder();

beforeAll(buildWithPage, 300_000);

it.each([
  ["25.0.2", ["process", "--runner", "spark"], "Spark 3.5 needs Java 17 or 21; found 25 at"],
  ["11.0.2", ["process", "--runner", "flink"], "Kafka and Flink need Java 17 or newer; found 11 at"],
  [
    "11.0.2",
    ["up", "--runner", "flink", "--port", "0"],
    "Kafka and Flink need Java 17 or newer; found 11 at",
  ],
])(
  "Java %s is refused by muonitor %j",
  async (version, args, message) => {
    const home = scratch.folder(`java-${args.join("-")}`);
    const stateFolder = join(home, "state");
    const java = join(home, "bin", "java");
    mkdirSync(join(home, "bin"));
    writeFileSync(java, `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`, { mode: 0o755 });
    const input = args[0] === "process" ? ["--input", join(examplesFolder, "few-rows.txt")] : [];
    const output = join(home, "windows.jsonl");
    const outputs = args[0] === "process" ? ["--output", output] : [];
    const all = [program, ...args, ...input, ...outputs, "--state-dir", stateFolder];
    const run = startNode(all, home, { JAVA_HOME: home });
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toMatch(/^muonitor: .*; set JAVA_HOME, .*\n$/);
    expect(run.stderr()).toContain(`${message} ${java}; `);
    for (const started of ["runs", "kafka", "flink", "logs"])
      expect(existsSync(join(stateFolder, started)), started).toBe(false);
  },
  60_000,
);
