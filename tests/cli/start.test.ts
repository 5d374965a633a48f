/** A command loads only packages that it uses; others would delay its start. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { builtFile } from "../../runners/paths.js";
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

async function loadedPackages(...args: string[]): Promise<string[]> {
  const listing = scratch.write("list-packages.cjs", listPackages);
  const { stderr } = await run(process.execPath, ["--require", listing, program, ...args], {
    cwd: examplesFolder,
    env: userEnvironment(),
  });
  return (/packages (.*)$/.exec(stderr)?.[1] ?? "").split(" ");
}

it("process with files loads no client of Kafka, Google or S3, no web server and no schema compiler", async () => {
  const packages = await loadedPackages("process", "--input", "few-rows.txt", "--output", "/dev/null");
  expect(packages).toContain("commander");
  expect(packages.filter((name) => unused.includes(name))).toEqual([]);
});

it("up loads the SDK in its thread only", async () => {
  const packages = await loadedPackages("up", "--help");
  expect(packages).toContain("socket.io");
  expect(packages).not.toContain("apache-beam");
});

it.each(["compute-thread", "pipeline-thread"])(
  "%s loads the SDK, and none of the unused packages",
  (thread) => {
    const bundle = readFileSync(builtFile(`thread/${thread}.cjs`), "utf8");
    const packages = [...bundle.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)/gm)].map(
      ([, name]) => name ?? "",
    );
    expect(packages).toContain("apache-beam");
    expect(packages.filter((name) => unused.includes(name))).toEqual([]);
  },
);
