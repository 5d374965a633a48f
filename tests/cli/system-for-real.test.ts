/** The verbs for a running system as separate processes, with a free port and a separate state folder. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Snapshot, SystemStatus } from "../../pipeline/model/index.js";
import { buildWithPage } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";
import { muonitor, startMuonitor, type RealProcess } from "./real-process.js";
import { runCli } from "./run-cli.js";

beforeAll(buildWithPage, 300_000);
const scratch = scratchFolder();
const stateOption = ["--state-dir", "state"];

interface RunningSystem {
  up: RealProcess;
  url: string;
  stateFile: string;
}

/** Starts a system without a source; it is killed if the test does not end it. */
async function startSystem(...more: string[]): Promise<RunningSystem> {
  const stateFile = join(scratch.folder("state"), "system.json");
  const up = startMuonitor(
    ["up", "--no-source", "--port", "0", "--window", "1", ...stateOption, ...more],
    scratch.path,
  );
  onTestFinished(() => up.signal("SIGKILL"));
  const live = /^Muonitor is live at (http:\S+)\n$/;
  await expect.poll(up.stdout, { timeout: 60_000 }).toMatch(live);
  return { up, url: live.exec(up.stdout())![1]!, stateFile };
}

async function expectNothingLeft({ up, url, stateFile }: RunningSystem): Promise<void> {
  expect(await up.ended).toBe(0);
  expect(() => process.kill(up.pid, 0)).toThrow("ESRCH");
  await expect(fetch(url)).rejects.toThrow("fetch failed");
  expect(existsSync(stateFile)).toBe(false);
}

describe("a running system", () => {
  it("is found by status, produce, a second up and down, even if pages need a token", async () => {
    const token = "secret-of-the-shift";
    const system = await startSystem("--token-file", scratch.write("token", token));
    for (const [authorization, answer] of [
      ["", 401],
      ["Bearer wrong", 401],
      [`Bearer ${token}`, 200],
    ] as const) {
      const response = await fetch(new URL("/api/status", system.url), { headers: { authorization } });
      expect(response.status).toBe(answer);
      expect(await response.text()).not.toContain(token);
    }
    expect(statSync(system.stateFile).mode & 0o777).toBe(0o600);

    const second = await muonitor(["up", "--no-source", "--port", "0", ...stateOption], scratch.path);
    expect([second.code, second.stdout]).toEqual([1, ""]);
    expect(second.stderr).toBe(
      `muonitor: already running at ${system.url} (process ${system.up.pid}): stop it with muonitor down, or use another --state-dir\n`,
    );

    const produced = await muonitor(
      ["produce", "--limit", "5000", "--rate", "0", ...stateOption],
      scratch.path,
    );
    expect([produced.code, produced.stdout]).toEqual([0, ""]);
    expect(produced.stderr).toMatch(/^5000 rows in 500 messages accepted\n$/m);

    const { code, stdout } = await muonitor(["status", "--json", ...stateOption], scratch.path);
    const status = JSON.parse(stdout) as SystemStatus;
    expect(code).toBe(0);
    expect(status).toMatchObject({
      runner: "embedded",
      window_ms: 1000,
      late: { messages: 0, rows: 0 },
      problem: null,
    });
    expect(status.hops.find(({ hop }) => hop === "readout")?.last_ms).toBeGreaterThan(status.started_ms);

    const down = await muonitor(["down", ...stateOption], scratch.path);
    expect(down).toEqual({ code: 0, stdout: "Muonitor has stopped\n", stderr: "" });
    await expectNothingLeft(system);
  }, 240_000);

  it("is followed by produce when it is killed and started again, on the same port or another", async () => {
    const first = await startSystem();
    const produce = startMuonitor(["produce", "--rate", "200", ...stateOption], scratch.path);
    onTestFinished(() => produce.signal("SIGKILL"));
    await expect.poll(produce.stderr, { timeout: 60_000 }).toMatch(/"rows":[1-9]/);
    let system = first;
    for (const more of [["--port", new URL(first.url).port], []]) {
      system.up.signal("SIGKILL");
      await system.up.ended;
      system = await startSystem(...more);
      const { url } = system;
      const rateHz = async (): Promise<number> => {
        const { status } = (await (await fetch(new URL("/api/v1/state", url))).json()) as Snapshot;
        return status?.hops.find(({ hop }) => hop === "readout")?.rate_hz ?? 0;
      };
      await expect.poll(rateHz, { timeout: 60_000 }).toBeGreaterThan(0);
      expect(produce.stderr()).toContain(`the system was restarted and is at ${url} now; if it was killed,`);
    }
    produce.signal("SIGINT");
    expect(await produce.ended).toBe(0);
  }, 240_000);

  it("an interrupted produce fails if its rows are limited, and succeeds if they are endless", async () => {
    await startSystem();
    const rows = scratch.write("rows.txt", "2,0,1,5,5,5\n".repeat(50_000));
    const slow = ["--rate", "500", ...stateOption];
    const finite = [
      ["--input", rows],
      ["--limit", "50000"],
    ];
    const endless = [[], ["--input", rows, "--loop"]];
    const runs = [...finite, ...endless].map((words) => {
      const run = startMuonitor(["produce", ...words, ...slow], scratch.path);
      onTestFinished(() => run.signal("SIGKILL"));
      return run;
    });
    for (const run of runs) await expect.poll(run.stderr, { timeout: 60_000 }).toMatch(/"messages":[1-9]/);
    for (const run of runs) run.signal("SIGINT");
    expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([130, 130, 0, 0]);
    for (const [i, run] of runs.entries()) {
      const end = i < finite.length ? "\nmuonitor: interrupted\n$" : "\n$";
      expect(run.stderr()).toMatch(new RegExp(`\\n\\d+ rows in \\d+ messages accepted[^\\n]*${end}`));
    }
  }, 240_000);

  it("ends by Ctrl-C and leaves nothing behind", async () => {
    const system = await startSystem();
    const { stdout } = await runCli(["status", ...stateOption], { folder: scratch.path });
    expect(stdout).toContain(`is live at ${system.url}\n`);
    system.up.signal("SIGINT");
    await expectNothingLeft(system);
    expect(system.up.stderr()).toMatch(/press Ctrl-C to stop\nmuonitor: stopping\n$/);
  }, 240_000);
});

describe("a start that fails", () => {
  it("because the state folder cannot be created ends with one line and leaves nothing running", async () => {
    const file = scratch.write("file", "");
    const args = ["up", "--no-source", "--port", "0", "--state-dir", join(file, "state")];
    const { code, stdout, stderr } = await muonitor(args, scratch.path);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^muonitor: [^\n]*file\/state: cannot be written: part of the path is a file, not a folder\n$/,
    );
  }, 240_000);

  it("because its port is in use ends with one line", async () => {
    const { url } = await startSystem();
    const port = new URL(url).port;
    const args = ["up", "--no-source", "--port", port, "--state-dir", scratch.folder("other")];
    const { code, stderr } = await runCli(args);
    expect([code, stderr]).toEqual([
      1,
      `muonitor: port ${port} on 127.0.0.1 is in use: choose another port\n`,
    ]);
  }, 240_000);
});

it("up --source file reads every readable row of a damaged file, and reports the damage in log and status", async () => {
  const row = "2,0,1,7,5,5\n";
  const input = scratch.write("damaged.txt.gz", Buffer.concat([gzipSync(row), Buffer.from(row)]));
  const args = ["up", "--source", "file", "--input", input, "--rate", "0", "--port", "0", "--window", "1"];
  const folder = scratch.folder("damaged");
  const up = startMuonitor([...args, "--state-dir", folder], scratch.path);
  onTestFinished(() => up.signal("SIGKILL"));
  await expect.poll(up.stdout, { timeout: 60_000 }).toMatch(/is live at (http:\S+)\n/);
  const url = /is live at (http:\S+)\n/.exec(up.stdout())![1]!;
  const named = /damaged\.txt\.gz: bytes \d+ to \d+ are not gzip data/;
  const state = async (): Promise<{ status: SystemStatus | null; totals: { hit_count: number } }> =>
    (await (await fetch(new URL("/api/v1/state", url))).json()) as Awaited<ReturnType<typeof state>>;
  await expect.poll(async () => (await state()).status?.problem, { timeout: 60_000 }).toMatch(named);
  await expect.poll(async () => (await state()).totals.hit_count, { timeout: 60_000 }).toBe(1);
  await expect.poll(up.stderr, { timeout: 60_000 }).toMatch(named);
  up.signal("SIGINT");
  expect(await up.ended).toBe(0);
}, 200_000);
