/** The report of a shift about times without data or without a judgement. */
import { describe, expect, it } from "vitest";
import { Store } from "../../dashboard/bridge/index.js";
import { reportHtml } from "../../dashboard/src/evidence/report.js";
import type { QualityState, ShiftReport } from "../../pipeline/model/index.js";
import { makeMessage } from "../helpers/messages.js";
import { connected, makeStatus, send, startBridge } from "./support.js";

const hourMs = 3_600_000;
const base = Math.floor(Date.now() / hourMs) * hourMs - 10 * hourMs;

describe("the report of a shift that was not recorded completely", () => {
  it("begins with the times without data, and claims nothing about them", async () => {
    // The windows of the first and of the last of six minutes; the bridge was off in between.
    const store = new Store({ file: null });
    const start = base / 5000;
    for (const i of [...Array(12).keys(), ...Array.from({ length: 12 }, (_, k) => 60 + k)])
      store.putWindow(makeMessage({ id: start + i, orbits: 100, partial: i === 60 }));
    const change = (atMs: number, to: QualityState, reason: string): void =>
      store.records.putChanges([
        { at_ms: base + atMs, window_id: 1, light: "whole", from: "none", to, reason },
      ]);
    change(0, "good", "all good");
    change(60_000, "none", "the bridge was off");
    change(300_000, "good", "all good");
    store.records.putRun({
      ...{ number: 8, started_ms: base, stopped_ms: base + 360_000, comment: "", demo: false },
      ...{ windows: 24, rows: 9, hit_count: 9 },
    });
    store.records.putNote("alive", base + 360_000);
    const { bridge, source } = await startBridge({ store });
    source.sink.status(makeStatus({ hops: [] }));
    const { viewer } = await connected(bridge);
    const ask = async (fromMs: number): Promise<ShiftReport> =>
      (
        (await send(viewer, "report", { from_ms: base + fromMs, to_ms: base + 360_000 })) as {
          value: ShiftReport;
        }
      ).value;
    const htmlOf = (of: ShiftReport): string =>
      reportHtml(of, { by: "Ada", link: "", linkIsLocal: false, summary: "" }, []).replaceAll("\u202F", " ");
    const report = await ask(0);
    expect(report.not_recorded).toEqual([{ from_ms: base + 60_000, to_ms: base + 300_000 }]);
    expect(report.not_judged).toEqual([{ ...report.not_recorded[0], reason: "the bridge was off" }]);
    expect(report.runs[0]).toMatchObject({
      verdict: "good_except",
      text: "good, no data recorded for 66.7 % of its time",
    });
    const html = htmlOf(report);
    const [from, to] = [60_000, 300_000].map((ms) => new Date(base + ms).toISOString().slice(11, 19));
    const words = `No data recorded from ${from} to ${to} UTC (4 min 00 s of 6 min 00 s, 66.7 %)`;
    expect(html).toContain(`<div class="unknown bad"><p><b>${words}</b></p>`);
    expect(html.indexOf(words)).toBeLessThan(html.indexOf("Shifter</th>"));
    expect(html).toContain("No alarms in the 2 min 00 s that were judged; unknown for 4 min 00 s");
    expect(html).toContain("24, for 2 min 00 s of 6 min 00 s");
    expect(html).toContain("all recorded rows accounted for");
    // Before the first window and the first judgement.
    const longer = await ask(-60_000);
    expect(longer.not_recorded.map(({ from_ms, to_ms }) => (to_ms - from_ms) / 1000)).toEqual([60, 240]);
    expect(longer.not_judged[0]).toMatchObject({ reason: "no judgement recorded" });
    expect(htmlOf(longer)).toMatch(/No data recorded for 5 min 00 s of 7 min 00 s, 71.4 %<\/b><br>.*<br>/);
    // A partial window is no peak.
    expect(report.peaks.length).toBeGreaterThan(0);
    expect(report.peaks.map(({ at_ms }) => at_ms)).not.toContain(base + 300_000);
  });

  it("does not miss the windows that are still on their way", async () => {
    const store = new Store({ file: null });
    const newest = Math.floor(Date.now() / 5000) - 2;
    for (let i = -9; i <= 0; i += 1) store.putWindow(makeMessage({ id: newest + i, orbits: 10 }));
    const { bridge, source } = await startBridge({ store });
    source.sink.status(makeStatus({ hops: [] }));
    const { viewer } = await connected(bridge);
    const span = { from_ms: (newest - 9) * 5000, to_ms: Date.now() };
    const answer = (await send(viewer, "report", span)) as { value: ShiftReport };
    expect(answer.value.not_recorded).toEqual([]);
    const early = (await send(viewer, "report", { ...span, from_ms: span.from_ms - 60_000 })) as {
      value: ShiftReport;
    };
    expect(early.value.not_recorded).toEqual([{ from_ms: span.from_ms - 60_000, to_ms: span.from_ms }]);
  });

  it("finds the times to the minute where single windows are no longer kept", () => {
    const store = new Store({ file: null, windowsMs: 60_000 });
    const start = base / 5000;
    // 90 s, a gap of 150 s, and 120 s.
    for (const i of [...Array(18).keys(), ...Array.from({ length: 24 }, (_, k) => 48 + k)])
      store.putWindow(makeMessage({ id: start + i, orbits: 1 }));
    store.flush();
    expect(store.status().oldest_window_ms).toBe(base + 295_000);
    expect(store.recorded(base, base + 360_000)).toEqual([
      { from_ms: base, to_ms: base + 90_000 },
      { from_ms: base + 240_000, to_ms: base + 360_000 },
    ]);
    store.close();
  });
});
