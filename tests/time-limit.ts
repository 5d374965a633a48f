/**
 * Runner of the tests when their time is limited: with MUONITOR_TESTS_END (seconds since 1970), a file whose turn comes later
 * does not start, and counts as one skipped test.
 */
import { it, TestRunner } from "vitest";

const endMs = Number(process.env["MUONITOR_TESTS_END"] ?? Infinity) * 1000;

export default class TimeLimit extends TestRunner {
  override importFile(path: string, source: "collect" | "setup"): unknown {
    if (source === "setup" || Date.now() < endMs) return super.importFile(path, source);
    console.log(`NOT STARTED ${path.slice(path.lastIndexOf("/tests/") + 1)}: the time limit has passed`);
    it.skip("not started: the time limit has passed", () => undefined);
    return undefined;
  }
}
