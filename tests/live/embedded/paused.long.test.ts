/** The embedded system after its process was frozen: what could not be seen is not judged, and nothing is called a fault. */
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, expect, it, onTestFinished } from "vitest";
import type { Alarm, ShiftReport, WindowMessage } from "../../../pipeline/model/index.js";
import { startMuonitor } from "../../cli/real-process.js";
import { buildWithPage } from "../../helpers/build.js";
import { scratchFolder } from "../../helpers/scratch.js";

const scratch = scratchFolder();
const polling = { timeout: 120_000, interval: 100 };
const windowMs = 2000;

beforeAll(buildWithPage, 300_000);

it("records no lights for the time of a pause, whose windows are partial, and raises no alarm", async () => {
  const args = [
    "up",
    "--port",
    "0",
    "--window",
    String(windowMs / 1000),
    "--state-dir",
    scratch.folder("state"),
  ];
  const up = startMuonitor(args, scratch.path);
  onTestFinished(() => up.signal("SIGKILL"));
  await expect.poll(up.stdout, polling).toMatch(/is live at/);
  const url = /http:\S+/.exec(up.stdout())![0];
  const get = async <T>(path: string): Promise<T> => (await fetch(new URL(path, url))).json() as Promise<T>;
  const beganMs = Date.now();
  const windows = (): Promise<WindowMessage[]> =>
    get(`api/v1/windows?from_ms=${beganMs - 10_000}&to_ms=${Date.now() + 10_000}`);
  // The judge compares with the data's own past after these.
  await expect.poll(async () => (await windows()).length, polling).toBeGreaterThan(7);

  const pauses: [from: number, to: number][] = [];
  for (const ms of [6500, 9000]) {
    const fromMs = Date.now();
    up.signal("SIGSTOP");
    await wait(ms);
    up.signal("SIGCONT");
    const toMs = Date.now();
    pauses.push([fromMs, toMs]);
    const after = async (): Promise<number> =>
      (await windows()).filter(({ window }) => window.start_ms > toMs).length;
    await expect.poll(after, polling).toBeGreaterThan(4);
  }

  const report = await get<ShiftReport>(`api/v1/report?from_ms=${beganMs}&to_ms=${Date.now()}`);
  const unjudged = report.not_judged.filter(({ reason }) => reason === "the bridge was paused");
  expect(unjudged).toHaveLength(pauses.length);
  const all = await windows();
  pauses.forEach(([fromMs, toMs], i) => {
    const { from_ms, to_ms } = unjudged[i]!;
    expect(Math.abs(from_ms - fromMs)).toBeLessThan(2000);
    expect(to_ms).toBeGreaterThanOrEqual(toMs);
    const cut = all.filter(({ window }) => window.start_ms < toMs && window.end_ms > fromMs);
    expect(cut.length).toBeGreaterThan(0);
    expect(cut.filter(({ partial }) => !partial)).toEqual([]);
  });
  const { alarms = [] } = await get<{ alarms?: Alarm[] }>("api/v1/state");
  expect(alarms.map(({ finding }) => finding.reason)).toEqual([]);
});
