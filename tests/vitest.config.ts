import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const long = process.env["MUONITOR_LONG"] === "1";

/** Long tests that measure speed or delays: no other test may run at the same time. */
const measuring = [
  "tests/live/chaos.long.test.ts",
  "tests/producer/rate.long.test.ts",
  "tests/dashboard/replay.browser.long.test.ts",
  "tests/e2e/practice.browser.long.test.ts",
];
/** Each starts a cluster of containers, which keeps both cores busy: no other test may run at the same time. */
const hosts = ["tests/containers/hosts.long.test.ts", "tests/containers/spark-hosts.long.test.ts"];
/** Long tests that start first, so that none of them runs alone at the end; before them the acceptance test of the judge. */
const longest = [
  "tests/bridge/quality/fault-table.long.test.ts",
  "tests/batch/cluster/engines.long.test.ts",
  "tests/live/true-status.long.test.ts",
  "tests/cli/up-flink.long.test.ts",
  "tests/batch/direct/huge.long.test.ts",
  "tests/bridge/quality/busy-hours.long.test.ts",
  "tests/bridge/quality/good-day.long.test.ts",
  "tests/bridge/quality/measured-day.long.test.ts",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = (file: TestSpecification): boolean =>
      longest.some((name) => file.moduleId.endsWith(`/${name}`));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
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

/** Two at a time, for two cores; then those that measure; then those on several hosts. */
const longProjects: ViteUserConfig["test"] = {
  sequence: { sequencer: LongestFirst },
  testTimeout: 600_000,
  hookTimeout: 300_000,
  projects: [
    project("long", 1, {
      include: [longTests],
      exclude: [elsewhere, ...measuring, ...hosts],
      env: shortLivedJava,
      maxWorkers: 2,
    }),
    project("measuring", 2, { include: measuring, exclude: [elsewhere], maxWorkers: 1 }),
    project("hosts", 3, { include: hosts, exclude: [elsewhere], maxWorkers: 1 }),
  ],
};

function project(
  name: string,
  groupOrder: number,
  test: ViteUserConfig["test"],
): { extends: true; test: NonNullable<ViteUserConfig["test"]> } {
  return { extends: true, test: { ...test, name, sequence: { groupOrder } } };
}

/** `MUONITOR_LONG=1` runs the long tests, and only them. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    pool: "forks",
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
