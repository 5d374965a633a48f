import { appendFileSync, closeSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { boundLog, causeSince, lastLineOf, lastLineIn, openLog } from "../../runners/services/log-file.js";
import { temporaryState } from "./with-java.js";

describe("a log", () => {
  it("a log file that is too long is truncated to its newest part", async () => {
    const path = join(temporaryState(), "logs", "part.log");
    const file = openLog(path);
    writeSync(file, `${"x".repeat(5000)}\nnewest\n`);
    const release = boundLog(path, 1000, 5);
    await expect.poll(() => statSync(path).size).toBe(0);
    release();
    expect(readFileSync(`${path}.1`, "utf8")).toMatch(/newest\n$/);
    writeSync(file, "after\n");
    closeSync(file);
    expect(readFileSync(path, "utf8")).toBe("after\n");
  });

  it("a log file can only be read by its user", () => {
    const path = join(temporaryState(), "part.log");
    closeSync(openLog(path));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("the last words of a log file are not a stack frame", () => {
    const path = join(temporaryState(), "part.log");
    appendFileSync(path, "starting\nException: no port\n\tat a.b.C(C.java:1)\n\t... 3 more\n\n");
    expect(lastLineIn(path)).toBe("Exception: no port");
    expect(lastLineOf("")).toBe("no output");
    expect(lastLineIn(`${path}.none`)).toBe("no output");
  });

  it.each([
    [
      "the last exception",
      "ERROR exiting\norg.a.ConfigException: invalid value\n\tat b\nINFO stopping\n",
      "org.a.ConfigException: invalid value",
    ],
    [
      "the last cause",
      "ERROR a\njava.io.IOException: b\nCaused by: c.D$Error: e\n\t... 3 more\nINFO stopping\n",
      "Caused by: c.D$Error: e",
    ],
    [
      "an exception without a message",
      "ERROR a\nCaused by: b.C$Error\n\tat d\nINFO e\n",
      "Caused by: b.C$Error",
    ],
    [
      "the signal of a crash",
      "#\n# A fatal error has been detected:\n#\n#  SIGSEGV (0xb) at pc=0x1, pid=2\n#\n",
      "#  SIGSEGV (0xb) at pc=0x1, pid=2",
    ],
    ["the last error if no exception is logged", "ERROR a\nERROR b\nINFO stopping\n", "ERROR b"],
    ["the last line of a program that logs no error", "no such option\n", "no such option"],
  ])("the cause of an end is %s", (_, logged, cause) => {
    const path = join(temporaryState(), "part.log");
    appendFileSync(path, "Caused by: a.Error: an earlier start\n");
    const start = statSync(path).size;
    appendFileSync(path, logged);
    expect(causeSince(path, start)).toBe(cause);
  });
});
