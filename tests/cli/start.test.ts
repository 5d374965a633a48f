/** A command loads only packages that it uses; others would delay its start. */
import { execFile } from "node:child_process";
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

it("process with files loads no client of Kafka, Google or S3, no web server and no schema compiler", async () => {
  const listing = scratch.write("list-packages.cjs", listPackages);
  const args = ["--require", listing, program, "process", "--input", "few-rows.txt", "--output", "/dev/null"];
  const { stderr } = await run(process.execPath, args, { cwd: examplesFolder, env: userEnvironment() });
  const packages = (/packages (.*)$/.exec(stderr)?.[1] ?? "").split(" ");
  expect(packages).toContain("apache-beam");
  const unused = ["kafkajs", "google-gax", "@aws-sdk/client-s3", "socket.io", "prom-client", "ajv", "yaml"];
  expect(packages.filter((name) => unused.includes(name))).toEqual([]);
});
