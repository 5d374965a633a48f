/** A clone whose path has a space and a non-ASCII letter, under the C locale: Flink and Spark run from it. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { startNode } from "../cli/real-process.js";
import { examplesFolder } from "../golden/pairs.js";
import { cloneTo } from "../helpers/clone.js";
import { watchSockets } from "../helpers/listening.js";
import { describeWithJava, temporaryState } from "../services/with-java.js";
import { withoutEmittedMs } from "../reference/compare.js";

const input = join(examplesFolder, "few-rows.txt");

describeWithJava("a clone in a folder with a space and é, under the C locale", () => {
  const clone = join(temporaryState(), "mit Leerzeichen und é");
  let expected = "";

  beforeAll(async () => {
    mkdirSync(clone);
    await cloneTo(clone);
    expected = (await processed("direct")).windows;
  });

  /** Runs `process` in the clone. @returns the addresses on which its services listened */
  async function processed(
    runner: string,
  ): Promise<{ windows: string; sockets: ReturnType<ReturnType<typeof watchSockets>> }> {
    const output = join(clone, `${runner}.jsonl`);
    const args = ["process", "--runner", runner, "--input", input, "--output", output];
    const run = startNode([join(clone, "infra", "muonitor.js"), ...args], clone, {
      LC_ALL: "C",
      LANG: "C",
      MUONITOR_STATE_DIR: join(clone, ".muonitor"),
    });
    const sockets = watchSockets(run.pid);
    expect(await run.ended, run.stderr()).toBe(0);
    const windows = readFileSync(output, "utf8").split("\n").map(withoutEmittedMs).join("\n");
    return { windows, sockets: sockets() };
  }

  it.each([
    ["flink", ["JobServer", "ClusterEntrypoint", "TaskManager"]],
    ["spark", ["JobServer"]],
  ])(
    "gives the direct runner's bytes on %s, and listens on the loopback interface only",
    async (runner, parts) => {
      const { windows, sockets } = await processed(runner);
      expect(windows === expected).toBe(true);
      for (const part of parts)
        expect(
          sockets.all.filter((socket) => socket.includes(part)),
          part,
        ).not.toEqual([]);
      expect(sockets.open).toEqual([]);
    },
  );
});
