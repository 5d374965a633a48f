import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { lastLineIn } from "../../runners/services/log-file.js";
import { ManagedProcess, type ProcessSpec } from "../../runners/services/managed-process.js";
import { freePort, isListening } from "../../runners/services/ports.js";
import { buildNodePart, builtUrl } from "../helpers/build.js";
import { expectNoProcess, processesWith, temporaryState } from "./with-java.js";

/** A small Node program as a service. */
function spec(folder: string, program: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
  return {
    name: "the part",
    command: [process.execPath, "-e", program, folder],
    folder,
    logFile: join(folder, "logs", "part.log"),
    answers: () => Promise.resolve(true),
    readyWithinMs: 10_000,
    ...more,
  };
}

const server = (port: number): string => `require("http").createServer().listen(${port}, "127.0.0.1")`;
const stubborn = `process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("up")`;

beforeAll(buildNodePart, 300_000);

describe("a part", () => {
  it("is ready when it answers, and ends when it is stopped", async () => {
    const folder = temporaryState();
    const port = await freePort();
    const part = await ManagedProcess.start(spec(folder, server(port), { answers: () => isListening(port) }));
    expect(part.isRunning).toBe(true);
    await part.stop();
    expect(part.isRunning).toBe(false);
    expect(await isListening(port)).toBe(false);
    await expectNoProcess(folder);
  });

  it("reports an unexpected exit", async () => {
    const part = await ManagedProcess.start(spec(temporaryState(), "setTimeout(() => process.exit(3), 100)"));
    expect(await part.exited).toEqual({ code: 3, signal: null });
    await part.stop();
  });

  it("can be killed and restarted on the same port", async () => {
    const port = await freePort();
    const part = await ManagedProcess.start(
      spec(temporaryState(), server(port), { answers: () => isListening(port) }),
    );
    const { pid } = part;
    await part.kill9();
    expect(await part.exited).toEqual({ code: null, signal: "SIGKILL" });
    await part.restart();
    expect(part.pid).not.toBe(pid);
    expect(await isListening(port)).toBe(true);
    await part.stop();
  });

  it("is killed if it does not stop on request", async () => {
    const folder = temporaryState();
    const part = await ManagedProcess.start(spec(folder, stubborn, { graceMs: 300 }));
    await part.stop();
    await expectNoProcess(folder);
  });

  it("reports in one line why it ended during its start, without the stack of Java", async () => {
    const folder = temporaryState();
    const program = `console.error("Exception: no such port\\n\\tat a.b.C(C.java:1)\\n\\t... 3 more"); process.exit(1)`;
    const starting = ManagedProcess.start(spec(folder, program, { answers: () => Promise.resolve(false) }));
    await expect(starting).rejects.toThrow(
      `the part ended during its start: Exception: no such port (log: ${join(folder, "logs", "part.log")})`,
    );
  });

  it("is stopped if it does not answer in time", async () => {
    const folder = temporaryState();
    const never = spec(folder, stubborn, { readyWithinMs: 500, graceMs: 300 });
    // Its last words are part of the message, so the time must end after it has printed them.
    const answers = async (): Promise<boolean> => {
      await expect.poll(() => lastLineIn(never.logFile), { timeout: 20_000 }).toBe("up");
      return false;
    };
    await expect(ManagedProcess.start({ ...never, answers })).rejects.toThrow(
      "does not answer after 0.5 s: up",
    );
    await expectNoProcess(folder);
  });

  it("is stopped when its start is interrupted", async () => {
    const folder = temporaryState();
    const interruption = new AbortController();
    const answers = (): Promise<boolean> => {
      interruption.abort(new Error("interrupted"));
      return Promise.resolve(false);
    };
    await expect(
      ManagedProcess.start(spec(folder, server(0), { answers }), interruption.signal),
    ).rejects.toThrow("interrupted");
    await expectNoProcess(folder);
  });

  it.each(["SIGKILL", "SIGTERM"] as const)(
    "ends with the process that started it, after %s",
    async (signal) => {
      const folder = temporaryState();
      const settings = JSON.stringify(spec(folder, stubborn, { graceMs: 1000 }));
      const program = `import { ManagedProcess } from ${JSON.stringify(builtUrl("runners/services/managed-process.js"))};
      await ManagedProcess.start({ ...${settings}, answers: () => Promise.resolve(true) });
      console.log("started"); setInterval(() => {}, 1000);`;
      const parent = spawn(process.execPath, ["--input-type=module", "-e", program], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(parent.stdout, "data");
      expect(processesWith(folder)).not.toEqual([]);
      parent.kill(signal);
      await once(parent, "exit");
      await expectNoProcess(folder, 5000);
    },
  );
});
