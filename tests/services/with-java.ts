import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import type { KafkaRelease } from "../../runners/services/index.js";
import { findProgram } from "../../runners/services/java.js";

const missing = ["java", "mvn"].filter((name) => findProgram(name, process.env) === null);

/** Tests that start JVMs: skipped without Java or Maven, with the reason in the title, but never in CI. */
export function describeWithJava(title: string, tests: () => void): void {
  const skipped = missing.length > 0 && process.env["CI"] !== "true";
  const reason = skipped ? ` (skipped: no ${missing.join(" and no ")} on PATH)` : "";
  describe.skipIf(skipped)(`${title}${reason}`, tests);
}

/** Tests that must pass with the Kafka release that the system starts, and with a newer one that a site may have. */
export function describeOnEachKafka(title: string, tests: (release: KafkaRelease) => void): void {
  for (const release of ["kafka", "kafka-4"] as const)
    describeWithJava(`${title}, on ${release === "kafka" ? "Kafka 3.9" : "Kafka 4"}`, () => tests(release));
}

/** A state folder that is removed after the tests of a file. */
export function temporaryState(): string {
  const folder = mkdtempSync(join(tmpdir(), "muonitor-parts-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Waits until no process has the text in its command line; the system needs a moment for this. */
export async function expectNoProcess(text: string, withinMs = 2000): Promise<void> {
  await expect.poll(() => processesWith(text), { timeout: withinMs, interval: 20 }).toEqual([]);
}

/** PIDs of all processes whose command line contains a text. */
export function processesWith(text: string): number[] {
  const { stdout } = spawnSync("ps", ["-Ao", "pid=,args="], { encoding: "utf8", maxBuffer: 1 << 24 });
  return stdout
    .split("\n")
    .filter((line) => line.includes(text) && !line.includes("ps -Ao"))
    .map((line) => Number.parseInt(line, 10));
}
