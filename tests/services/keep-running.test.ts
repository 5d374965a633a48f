/** The supervisor of services, with real processes that are killed and frozen. */
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { keepRunning, type Supervision } from "../../runners/services/keep-running.js";
import { ServiceWatch } from "../../runners/services/service-watch.js";
import { freePort, ManagedProcess } from "../../runners/services/index.js";
import { temporaryState } from "./with-java.js";

const polling = { timeout: 60_000, interval: 20 };
const hangLimitMs = 1000;

interface Kept {
  part: ManagedProcess;
  lines: string[];
  /** The current problem of the service. */
  problem: () => string | null;
}

/** A web server as a service, supervised until the test ends. */
async function kept(more: Partial<Supervision> = {}): Promise<Kept> {
  const [folder, port] = [temporaryState(), await freePort()];
  const answers = async (): Promise<boolean> => {
    const signal = AbortSignal.timeout(200);
    return fetch(`http://127.0.0.1:${port}`, { signal }).then(
      () => true,
      () => false,
    );
  };
  const program = `require("http").createServer((_, r) => r.end()).listen(${port}, "127.0.0.1")`;
  const part = await ManagedProcess.start({
    name: "the server",
    command: [process.execPath, "-e", program],
    folder,
    logFile: join(folder, "logs", "server.log"),
    answers,
    readyWithinMs: 20_000,
  });
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const [watch, down, ending] = [
    new ServiceWatch(log),
    new Map<ManagedProcess, string>(),
    new AbortController(),
  ];
  const ask = (signal: AbortSignal): Promise<string | null> => part.ask(signal);
  const often = { everyMs: 50, withinMs: 300, toleratedMs: 300 };
  const problem = watch.add(part.name, { ask, ...often }, () => down.get(part) ?? null);
  const keeping = keepRunning(part, {
    down,
    log,
    signal: ending.signal,
    hang: problem,
    hangLimitMs,
    ...more,
  });
  onTestFinished(async () => {
    ending.abort();
    watch.close();
    await part.kill9();
    await keeping;
  });
  return { part, lines, problem };
}

it("a killed service is restarted", async () => {
  const { part, lines, problem } = await kept();
  const { pid } = part;
  process.kill(pid, "SIGKILL");
  await expect.poll(problem, polling).toBe("has died (SIGKILL); it is being restarted");
  await expect.poll(problem, polling).toBeNull();
  expect(part.pid).not.toBe(pid);
  expect(lines.at(-1)).toBe("the server works again");
});

it("a service that is frozen for longer than the limit is killed and restarted, and both are reported", async () => {
  const { part, lines, problem } = await kept();
  const { pid } = part;
  process.kill(pid, "SIGSTOP");
  await expect.poll(problem, polling).toMatch(/^has not answered since \d\d:\d\d:\d\d UTC$/);
  expect(part.pid).toBe(pid);
  const killed = /^has not answered since \d\d:\d\d:\d\d UTC and was killed; it is being restarted$/;
  await expect.poll(problem, polling).toMatch(killed);
  await expect.poll(problem, polling).toBeNull();
  expect(part.pid).not.toBe(pid);
  expect(lines.join("\n")).toMatch(/the server has not answered since \S+ UTC and was killed; restarting it/);
  expect(() => process.kill(pid, 0)).toThrow();
});

it("a service that answers again before the limit is not restarted", async () => {
  const { part, problem } = await kept({ hangLimitMs: 60_000 });
  const { pid } = part;
  process.kill(pid, "SIGSTOP");
  await expect.poll(problem, polling).toMatch(/^has not answered/);
  process.kill(pid, "SIGCONT");
  await expect.poll(problem, polling).toBeNull();
  expect(part.pid).toBe(pid);
});

it("a service is not killed because of a problem of another service", async () => {
  let looks = 0;
  const causedElsewhere = (): null => {
    looks += 1;
    return null;
  };
  const { part, problem } = await kept({ hang: causedElsewhere });
  const { pid } = part;
  process.kill(pid, "SIGSTOP");
  await expect.poll(problem, polling).toMatch(/^has not answered/);
  const before = looks;
  // Twice the limit, counted in checks of the supervisor.
  await expect.poll(() => looks - before, polling).toBeGreaterThan(8);
  expect(part.pid).toBe(pid);
});
