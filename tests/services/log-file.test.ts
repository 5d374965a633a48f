import { appendFileSync, closeSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { boundLog, lastWords, lastWordsIn, openLog } from "../../runners/services/log-file.js";
import { temporaryState } from "./with-java.js";

describe("a log", () => {
  it("is cut when it is too long, and its newest part is kept", async () => {
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

  it("is for the user alone", () => {
    const path = join(temporaryState(), "part.log");
    closeSync(openLog(path));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it("has last words that are no frame of a stack", () => {
    const path = join(temporaryState(), "part.log");
    appendFileSync(path, "starting\nException: no port\n\tat a.b.C(C.java:1)\n\t... 3 more\n\n");
    expect(lastWordsIn(path)).toBe("Exception: no port");
    expect(lastWords("")).toBe("it printed nothing");
    expect(lastWordsIn(`${path}.none`)).toBe("it printed nothing");
  });
});
