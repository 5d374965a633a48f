/** Windows that are rejected: dated in the future, which would hide current windows, or older than a known revision. */
import { expect, it } from "vitest";
import { Store } from "../../dashboard/bridge/index.js";
import { makeMessage } from "../helpers/messages.js";
import { connected, makeStatus, next, startBridge } from "../dashboard/support.js";

const windowMs = 5000;
const dayMs = 86_400_000;

it("a window dated in the future is rejected and reported, and hides nothing", async () => {
  const { bridge, source } = await startBridge();
  source.sink.status(makeStatus({ hops: [] }));
  const nowId = Math.floor(Date.now() / windowMs);
  const { viewer } = await connected(bridge);
  const alarm = next(viewer, "alarm");
  source.sink.window(makeMessage({ id: nowId + dayMs / windowMs, even: true }));
  const begins = new Date((nowId + dayMs / windowMs) * windowMs).toISOString();
  expect((await alarm).finding).toMatchObject({
    rule: "window-ahead",
    state: "warning",
    reason: `window ${nowId + dayMs / windowMs} starts in the future, at ${begins.slice(0, 10)} ${begins.slice(11, 19)} UTC: it is rejected`,
  });
  const { snapshot } = await connected(bridge);
  expect(snapshot.quality?.whole).toMatchObject({ state: "warning" });
  expect(snapshot).toMatchObject({ trend: [], totals: { windows: 0 } });

  source.sink.window(makeMessage({ id: nowId - 1, orbits: 2000, even: true, silentChambers: [1] }));
  source.sink.window(makeMessage({ id: nowId, orbits: 2000, even: true, silentChambers: [1] }));
  const after = (await connected(bridge)).snapshot;
  expect(after.quality?.window_id).toBe(nowId);
  expect(after.quality?.chambers[1]?.state).toBe("bad");
  // A new window does not clear a pending report.
  expect(after.alarms.find(({ finding }) => finding.rule === "window-ahead")?.cleared_ms).toBeNull();
  const metrics = await (await fetch(new URL("metrics", bridge.url))).text();
  expect(metrics).toMatch(/muonitor_windows_total 2\n/);
});

it("a window dated in the future is omitted when it is in the history", async () => {
  const store = new Store({ file: null });
  const nowId = Math.floor(Date.now() / windowMs);
  for (const id of [nowId - 1, nowId + 720]) store.putWindow(makeMessage({ id, even: true }));
  store.flush();
  const { bridge } = await startBridge({ store });
  const { snapshot } = await connected(bridge);
  expect(snapshot.quality?.window_id).toBe(nowId - 1);
  expect(snapshot.trend.map(({ msg_ID }) => msg_ID)).toEqual([nowId - 1]);
});

it("an older version of a window does not replace a newer version, even if it arrives later", async () => {
  const { bridge, source } = await startBridge();
  source.sink.status(makeStatus({ hops: [] }));
  const id = Math.floor(Date.now() / windowMs) - 1;
  const older = makeMessage({ id, orbits: 900, even: true });
  const newer = makeMessage({ id, orbits: 1000, even: true });
  source.sink.window({ ...newer, revision: 1 });
  source.sink.window({ ...older, revision: 0, emitted_ms: newer.emitted_ms - 1 });
  const { snapshot } = await connected(bridge);
  expect(snapshot.trend.map(({ hit_count }) => hit_count)).toEqual([newer.hit_count]);
  const metrics = await (await fetch(new URL("metrics", bridge.url))).text();
  expect(metrics).toMatch(/^muonitor_outdated_windows_total 1$/m);
  // A restarted job counts its revisions from zero; its later messages are newer nevertheless.
  source.sink.window({ ...older, revision: 0, emitted_ms: newer.emitted_ms + 1 });
  expect((await connected(bridge)).snapshot.trend.map(({ hit_count }) => hit_count)).toEqual([
    older.hit_count,
  ]);
});
