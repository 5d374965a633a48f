import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type ViteUserConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const root = fileURLToPath(new URL("..", import.meta.url));
const long = process.env["MUONITOR_LONG"] === "1";

/** Long tests that measure speed or delays: no other test may run at the same time. */
const measuring = [
  "tests/live/chaos.long.test.ts",
  "tests/producer/rate.long.test.ts",
  "tests/dashboard/replay.browser.long.test.ts",
  "tests/e2e/practice.browser.long.test.ts",
];
/** Each builds an image or starts a cluster of containers, which starves whatever runs at the same time. */
const containers = "tests/containers/*.long.test.ts";
/** The acceptance test of the judge, which always runs. */
const first = "tests/bridge/quality/fault-table.long.test.ts";
/** Long tests that start early, so that none of them runs alone at the end. */
const longest = [
  "tests/batch/cluster/engines.long.test.ts",
  "tests/flink/acceptance.long.test.ts",
  "tests/live/true-status.long.test.ts",
  "tests/cli/up-flink.long.test.ts",
  "tests/batch/direct/huge.long.test.ts",
  "tests/bridge/quality/busy-hours.long.test.ts",
  "tests/bridge/quality/good-day.long.test.ts",
  "tests/bridge/quality/measured-day.long.test.ts",
];

/** With a time limit, a random order by the commit, so that other files are left out at the next one. */
class LongTestOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const limited = "MUONITOR_TESTS_END" in process.env;
    const commit = limited
      ? spawnSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" }).stdout
      : "";
    const hashOf = (name: string): string => createHash("sha1").update(`${commit}${name}`).digest("hex");
    const rankOf = (file: TestSpecification): string => {
      const name = relative(root, file.moduleId);
      if (name === first) return "";
      if (limited) return hashOf(name);
      return longest.includes(name) ? `${longest.indexOf(name)}` : "g";
    };
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => (rankOf(a) < rankOf(b) ? -1 : Number(rankOf(a) > rankOf(b))));
  }
}

const longTests = "tests/**/*.long.test.ts";
const elsewhere = "**/node_modules/**";

const usual: ViteUserConfig["test"] = {
  include: ["tests/**/*.test.ts"],
  exclude: [elsewhere, longTests],
  // Two processes run all files, because importing the modules again for each file would take a minute.
  isolate: false,
  maxWorkers: 2,
};

/** Light compilation: clusters live for a minute here, and the optimising compiler would take a fifth of the time. */
const shortLivedJava = { JDK_JAVA_OPTIONS: "-XX:TieredStopAtLevel=1" };

/** Two at a time, for two cores; then those that measure; then those with containers. */
const longProjects: ViteUserConfig["test"] = {
  sequence: { sequencer: LongTestOrder },
  testTimeout: 600_000,
  hookTimeout: 300_000,
  projects: [
    project("long", 1, {
      include: [longTests],
      exclude: [elsewhere, ...measuring, containers],
      env: shortLivedJava,
      maxWorkers: 2,
    }),
    project("measuring", 2, { include: measuring, exclude: [elsewhere], maxWorkers: 1 }),
    project("containers", 3, { include: [containers], exclude: [elsewhere], maxWorkers: 1 }),
  ],
};

function project(
  name: string,
  groupOrder: number,
  test: ViteUserConfig["test"],
): { extends: true; test: NonNullable<ViteUserConfig["test"]> } {
  return { extends: true, test: { ...test, name, sequence: { groupOrder } } };
}

/**
 * Tests import what Node runs: the files in build/ instead of their sources. Vitest reads its own translation of a source
 * through a getter at each use of an import, which takes nearly half of the time of the judge and the simulator.
 */
const builtCode: Plugin = {
  name: "built-code",
  enforce: "pre",
  resolveId(source, importer) {
    if (!source.startsWith(".") || importer === undefined) return null;
    const path = relative(root, join(dirname(importer), source));
    return /^(pipeline|producer|dashboard\/bridge|runners)\/.*\.js$/.test(path)
      ? join(root, "build", path)
      : null;
  },
};
/** A run that repeats when a source changes must read the sources. */
const repeats = !process.argv.includes("run");

/** `MUONITOR_LONG=1` runs the long tests, and only them. */
export default defineConfig({
  root,
  plugins: repeats ? [] : [builtCode],
  test: {
    pool: "forks",
    globalSetup: ["tests/global-setup.ts"],
    server: { deps: { external: [/\/build\/(pipeline|producer|dashboard\/bridge|runners)\//] } },
    setupFiles: ["tests/setup.ts"],
    runner: "tests/time-limit.ts",
    testTimeout: 90_000,
    hookTimeout: 180_000,
    // A failure must contain the values even if only its first line is kept.
    chaiConfig: { truncateThreshold: 400 },
    // A loaded machine is several times slower.
    expect: { poll: { timeout: 60_000 } },
    reporters: ["default"],
    ...(long ? longProjects : usual),
  },
});
