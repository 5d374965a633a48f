/** A command loads only packages that it uses; others would delay its start. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { buildNodePart } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { examplesFolder } from "../golden/pairs.js";
import { program, userEnvironment } from "./real-process.js";

beforeAll(buildNodePart);
const scratch = scratchFolder();
const run = promisify(execFile);

const listPackages = `
process.on("exit", () => {
  const names = Object.keys(require.cache).map((path) => /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(path)?.[1]);
  process.stderr.write("packages " + [...new Set(names)].join(" "));
});
`;

const unused = ["kafkajs", "google-gax", "@aws-sdk/client-s3", "socket.io", "prom-client", "ajv", "yaml"];

it("process with files loads no client of Kafka, Google or S3, no web server and no schema compiler", async () => {
  const listing = scratch.write("list-packages.cjs", listPackages);
  const args = ["--require", listing, program, "process", "--input", "few-rows.txt", "--output", "/dev/null"];
  const { stderr } = await run(process.execPath, args, { cwd: examplesFolder, env: userEnvironment() });
  const packages = (/packages (.*)$/.exec(stderr)?.[1] ?? "").split(" ");
  expect(packages).toContain("commander");
  expect(packages.filter((name) => unused.includes(name))).toEqual([]);
});

it("its threads load the SDK, and none of these either", () => {
  const bundle = readFileSync(new URL("../../build/thread/compute-thread.cjs", import.meta.url), "utf8");
  const packages = [...bundle.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)/gm)].map(
    ([, name]) => name ?? "",
  );
  expect(packages).toContain("apache-beam");
  expect(packages.filter((name) => unused.includes(name))).toEqual([]);
});
