/** A state folder has one owner, even a slow one, and no signal is sent to another process that has reused the owner's PID. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freePorts } from "../../runners/services/index.js";
import { identityOf, isAlive } from "../../runners/process/index.js";
import { buildWithPage } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { muonitor, startMuonitor, startNode, type RealProcess } from "./real-process.js";
import { runCli } from "./run-cli.js";

beforeAll(buildWithPage, 300_000);
const scratch = scratchFolder();
const state = (name: string): string[] => ["--state-dir", scratch.folder(name)];

function start(args: readonly string[]): RealProcess {
  const running = startMuonitor(args, scratch.path);
  onTestFinished(() => running.signal("SIGKILL"));
  return running;
}

/** An idle process, used for its PID. */
async function bystander(): Promise<RealProcess> {
  const child = startNode(["-e", "process.stdin.resume(); console.log('muonitor')"], scratch.path);
  onTestFinished(() => child.signal("SIGKILL"));
  await expect.poll(child.stdout).toContain("muonitor");
  return child;
}

describe("a paused system", () => {
  it("keeps its state folder and its note, and is stopped by down when it resumes", async () => {
    const options = state("paused");
    const [, folder = ""] = options;
    const up = start(["up", "--no-source", "--port", "0", ...options]);
    await expect.poll(up.stdout, { timeout: 60_000 }).toContain("is live at");
    const url = up.stdout().replace("Muonitor is live at ", "").trim();
    up.signal("SIGSTOP");
    const note = readFileSync(join(folder, "system.json"), "utf8");

    const second = await muonitor(["up", "--no-source", "--port", "0", ...options], scratch.path);
    expect(second).toEqual({
      code: 1,
      stdout: "",
      stderr: `muonitor: already running at ${url} (process ${up.pid}): stop it with muonitor down, or use another --state-dir\n`,
    });
    for (const args of [["status"], ["status", "--json"], ["produce", "--limit", "5"]]) {
      const { code, stdout, stderr } = await runCli([...args, ...options]);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toBe(
        `muonitor: Muonitor (process ${up.pid}) runs at ${url} but does not answer within 10 s\n`,
      );
    }
    expect(readFileSync(join(folder, "system.json"), "utf8")).toBe(note);

    const down = start(["down", ...options]);
    up.signal("SIGCONT");
    expect([await down.ended, down.stdout()]).toEqual([0, "Muonitor has stopped\n"]);
    expect(await up.ended).toBe(0);
    expect(readdirSync(folder).filter((name) => /\.(lock|json|owner)/.test(name))).toEqual([]);
  }, 240_000);

  it("that is killed does not block the next start", async () => {
    const options = state("killed");
    const up = start(["up", "--no-source", "--port", "0", ...options]);
    await expect.poll(up.stdout, { timeout: 60_000 }).toContain("is live at");
    up.signal("SIGKILL");
    await up.ended;
    expect(await runCli(["status", ...options])).toMatchObject({ code: 1, stderr: "" });
    const next = start(["up", "--no-source", "--port", "0", ...options]);
    await expect.poll(next.stdout, { timeout: 60_000 }).toContain("is live at");
    expect(await runCli(["down", ...options])).toMatchObject({ stdout: "Muonitor has stopped\n" });
    expect(await next.ended).toBe(0);
  }, 240_000);
});

describe("a starting system", () => {
  it("prevents a second start, and is stopped by down", async () => {
    const options = state("starting");
    const other = await bystander();
    // The lock exists from the beginning; the note is written when the system is live.
    scratch.write("starting/system.lock", JSON.stringify(identityOf(other.pid)));
    const second = await runCli(["up", "--no-source", "--port", "0", ...options]);
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("already starting or stopping"),
    });
    expect(await runCli(["status", ...options])).toMatchObject({
      code: 1,
      stderr: `muonitor: Muonitor (process ${other.pid}) is starting or stopping, or its system.json was removed: try again, or stop it with muonitor down\n`,
    });
    expect(await runCli(["down", ...options])).toMatchObject({ code: 0, stdout: "Muonitor has stopped\n" });
    await other.ended;
  });

  it("is the only one of two started at the same time that goes live", async () => {
    const options = state("twins");
    const twins = [1, 2].map(() => start(["up", "--no-source", "--port", "0", ...options]));
    const live = (): RealProcess[] => twins.filter(({ stdout }) => stdout().includes("is live at"));
    await expect.poll(live, { timeout: 60_000 }).toHaveLength(1);
    const refused = twins.find((twin) => !live().includes(twin))!;
    expect(await refused.ended).toBe(1);
    expect(refused.stderr()).toMatch(/^muonitor: already [^\n]*\n$/);
    expect(await runCli(["status", ...options])).toMatchObject({ code: 0 });
    live()[0]!.signal("SIGTERM");
    expect(await live()[0]!.ended).toBe(0);
  }, 240_000);
});

describe("a note with the PID of another process", () => {
  const note = (pid: number): string =>
    JSON.stringify({ pid, started: "another boot 5", url: "http://127.0.0.1:1/", started_ms: 5 });

  it.each([
    ["down", "system.json", "Muonitor is not running\n"],
    ["halt", "beat-PID.json", "Muonitor is not running\n"],
    ["dismiss", "parts.json", "Muonitor is not running\n"],
    ["down", "system.lock", "Muonitor is not running\n"],
    ["dismiss", "parts.lock", "Muonitor is not running\n"],
  ])("makes %s send no signal (%s)", async (verb, name, answer) => {
    const options = state("reused");
    const other = await bystander();
    const identity = identityOf(other.pid)!;
    scratch.write(`reused/${name.replace("PID", String(other.pid))}`, note(other.pid));
    expect(await runCli([verb, ...options])).toEqual({ code: 0, stdout: answer, stderr: "" });
    expect(isAlive(identity)).toBe(true);
  });
});

describe("services that run in a state folder", () => {
  it.each([
    ["up --runner flink", ["up", "--runner", "flink", "--port", "0"]],
    ["init", ["init"]],
  ])(
    "are left alone by %s",
    async (_, args) => {
      const options = state("parts");
      const owner = await bystander();
      scratch.write("parts/parts.lock", JSON.stringify(identityOf(owner.pid)));
      scratch.write("parts/kafka/data/topic", "rows");
      const { code, stderr } = await muonitor([...args, ...options], scratch.path);
      expect(code).toBe(1);
      expect(stderr).toContain(`process ${owner.pid} runs Kafka and Flink in ${join(scratch.path, "parts")}`);
      expect(readFileSync(join(scratch.path, "parts/kafka/data/topic"), "utf8")).toBe("rows");
    },
    60_000,
  );
});

describe("a start that fails", () => {
  it("because its port is in use reports this before it starts anything", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await expect.poll(() => taken.address()).not.toBeNull();
    const { port } = taken.address() as AddressInfo;
    const options = state("port");
    const up = await runCli(["up", "--runner", "flink", "--port", String(port), ...options]);
    expect(up).toEqual({
      code: 1,
      stdout: "",
      stderr: `muonitor: port ${port} on 127.0.0.1 is in use: choose another port\n`,
    });
    expect(readdirSync(options[1]!)).toEqual([]);
  });

  it.each([
    ["kafka", "Kafka"],
    ["flink", "Flink's page"],
    ["worker", "the worker pool"],
  ])("because init's %s port is in use leaves Kafka's data unchanged", async (name, what) => {
    const taken = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void taken.close());
    await expect.poll(() => taken.address()).not.toBeNull();
    const { port } = taken.address() as AddressInfo;
    const options = state(`init-${name}`);
    scratch.write(`init-${name}/kafka/data/topic`, "rows");
    const ports = (await freePorts(3)).map((free, i) => [`--${["kafka", "flink", "worker"][i]}-port`, free]);
    const args = [...ports.flat(), `--${name}-port`, port].map(String);
    const { code, stdout, stderr } = await runCli(["init", ...args, ...options]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`muonitor: port ${port}, needed for ${what}, is in use (log: `);
    expect(readFileSync(join(options[1]!, "kafka/data/topic"), "utf8")).toBe("rows");
  });

  it.each([
    ["up", ["up", "--no-source", "--port", "0"]],
    ["up --runner flink", ["up", "--runner", "flink", "--no-source", "--port", "0"]],
    ["run", ["run", "--port", "0"]],
    ["init", ["init"]],
    ["beat", ["beat"]],
  ])("because the state folder cannot be created gives one line (%s)", async (_, args) => {
    const file = scratch.write("file", "");
    for (const folder of [file, join(file, "state"), "/proc/none/state"]) {
      const { code, stdout, stderr } = await runCli([...args, "--state-dir", folder]);
      expect([code, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(/^muonitor: \S+: cannot be written: [^\n]*\n$/);
    }
    expect(existsSync(file)).toBe(true);
  });

  it("because of wrong usage reports this, even while another system runs", async () => {
    const options = state("usage");
    const owner = await bystander();
    scratch.write("usage/system.lock", JSON.stringify(identityOf(owner.pid)));
    for (const args of [
      ["up", "--source", "file"],
      ["up", "--input", "-", "--input", "x"],
      ["up", "--kafka-settings", "x"],
      ["up", "--runner", "flink", "--kafka-settings", "x"],
      ["up", "--token-file", "none"],
      ["up", "--rules", "none"],
    ])
      expect(await runCli([...args, ...options], { folder: scratch.path }), args.join(" ")).toMatchObject({
        code: 2,
      });
  });
});
