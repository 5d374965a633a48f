/** The report of a shift: the bridge's data for a time span, and the document that the page makes from it. */
import { get } from "node:http";
import { describe, expect, it } from "vitest";
import { Store } from "../../dashboard/bridge/index.js";
import { historyView, reportHtml } from "../../dashboard/src/evidence/report.js";
import { readView, writeView } from "../../dashboard/src/view/view.js";
import {
  acknowledgedAgain,
  knownUnmapped,
  quantityNames,
  type QualityState,
  type QuantityExtremes,
  type QuantityPoint,
  type ShiftReport,
} from "../../pipeline/model/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { runCli } from "../cli/run-cli.js";
import { makeMessage } from "../helpers/messages.js";
import { connected, makeAlarm, makeFinding, makeStatus, send, startBridge } from "./support.js";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const windowMs = 5000;
/** 08:00 UTC of the day before, so that no time of a report of four hours is on another day. */
const base = Math.floor(Date.now() / dayMs) * dayMs - 16 * hourMs;

async function reported({ malformed = 3 } = {}): Promise<ShiftReport> {
  const store = new Store({ file: null });
  const { records, shift } = store;
  const change = (
    atMs: number,
    light: "whole" | { chamber: number },
    to: QualityState,
    reason: string,
  ): void => records.putChanges([{ at_ms: base + atMs, window_id: 1, light, from: "none", to, reason }]);
  change(0, "whole", "good", "all good");
  change(0, { chamber: 1 }, "good", "fine");
  change(hourMs, "whole", "bad", "layer 3 of chamber 1 is dead");
  change(hourMs, { chamber: 1 }, "bad", "layer 3 is dead");
  change(2 * hourMs, "whole", "good", "all good");
  change(2 * hourMs, { chamber: 1 }, "good", "fine");
  const finding = makeFinding();
  const acknowledged = { by: "Ada <i>", at_ms: base + hourMs + 60_000, comment: "HV off & on" };
  records.putAlarm(
    makeAlarm({ id: "in", finding, raised_ms: base + hourMs, cleared_ms: base + 2 * hourMs, acknowledged }),
  );
  records.putAlarm(makeAlarm({ id: "before", raised_ms: base - 9, cleared_ms: base - 1 }));
  shift.putRemark({
    id: "r",
    from_ms: base + 5,
    to_ms: null,
    by: "Bo",
    text: "<script>alert(1)</script>",
    written_ms: 1,
    demo: false,
  });
  records.putRun({
    number: 7,
    started_ms: base,
    stopped_ms: base + 4 * hourMs,
    comment: "gas & co",
    windows: 9,
    rows: 9,
    hit_count: 9,
    demo: false,
  });
  records.putRun({
    number: 6,
    started_ms: base - 2 * hourMs,
    stopped_ms: base - hourMs,
    comment: "",
    windows: 0,
    rows: 0,
    hit_count: 0,
    demo: false,
  });
  records.putNote("alive", base + 4 * hourMs);
  const first = base / windowMs;
  for (let i = 0; i < 20; i += 1)
    store.putWindow(makeMessage({ id: first + i, orbits: i === 7 ? 900 : 100, malformed }));
  const { bridge, source } = await startBridge({ store });
  source.sink.status(makeStatus({ hops: [] }));
  const { viewer } = await connected(bridge);
  const answer = await send(viewer, "report", { from_ms: base, to_ms: base + 4 * hourMs });
  expect(answer).toMatchObject({ ok: true });
  return (answer as { value: ShiftReport }).value;
}

/** Extremes of points without finer ones. */
function extremesOf(points: readonly QuantityPoint[]): QuantityExtremes[] {
  return quantityNames.flatMap((quantity): QuantityExtremes[] => {
    const values = points.flatMap(({ from_ms, to_ms, chambers }) => {
      const measured = chambers[0]?.[quantity] ?? null;
      return measured === null ? [] : [{ from_ms, to_ms, value: measured[0], sigma: measured[1] }];
    });
    const [lowest, highest] = [values[0], values.at(-1)];
    if (lowest === undefined || highest === undefined) return [];
    const sorted = values.toSorted((a, b) => a.value - b.value);
    return [{ quantity, chamber: 0, lowest: sorted[0] ?? lowest, highest: sorted.at(-1) ?? highest }];
  });
}

describe("the report of a shift", () => {
  it("contains the states, alarms, remarks, flagged runs, peaks and rows of its time span only", async () => {
    const report = await reported();
    const whole = report.lights.find(({ light }) => light === "whole")!;
    expect(whole.time.bad).toBeCloseTo(0.25, 6);
    expect(whole.time.good).toBeCloseTo(0.75, 6);
    expect(report.alarms.map(({ id }) => id)).toEqual(["in"]);
    expect(report.remarks.map(({ id }) => id)).toEqual(["r"]);
    expect(report.runs).toHaveLength(1);
    const [run] = report.runs;
    expect(run).toMatchObject({ run: { number: 7 }, verdict: "good_except" });
    const iso = (ms: number): string => new Date(base + ms).toISOString().replace(".000", "");
    // 20 windows are 100 s of 4 h.
    expect(run!.text).toBe(
      `good except chamber 1 from ${iso(hourMs)} to ${iso(2 * hourMs)}, no data recorded for 99.3 % of its time`,
    );
    expect(report.not_recorded).toEqual([{ from_ms: base + 100_000, to_ms: base + 4 * hourMs }]);
    expect(report.not_judged).toEqual([]);
    expect(
      run!.flags.map(({ from_ms, to_ms, state }) => [
        (from_ms - base) / hourMs,
        (to_ms - base) / hourMs,
        state,
      ]),
    ).toEqual([
      [0, 1, "good"],
      [1, 2, "bad"],
      [2, 4, "good"],
    ]);
    const windows = Array.from({ length: 20 }, (_, i) =>
      makeMessage({ id: base / 5000 + i, orbits: i === 7 ? 900 : 100 }),
    );
    expect(report.windows).toBe(20);
    expect(report.ledger.rows).toBe(windows.reduce((sum, one) => sum + one.ledger.rows, 0));
    const peak = report.peaks.find(({ name }) => name === "highest hit rate")!;
    // For four hours, a bucket contains two windows.
    const value = (windows[6]!.hit_count + windows[7]!.hit_count) / 10;
    expect(peak).toEqual({ name: "highest hit rate", unit: "Hz", value, at_ms: base + 30_000 });
  });

  it.each([
    [{ from_ms: 5, to_ms: 5 }, /to_ms must be after from_ms/],
    [{ from_ms: 0, to_ms: 8 * 24 * hourMs }, /at most 7 days/],
    [{ from_ms: "x", to_ms: 5 }, /from_ms must be an integer/],
  ])("of %j is refused with one line", async (request, line) => {
    const { bridge } = await startBridge();
    const { viewer } = await connected(bridge);
    expect(await send(viewer, "report", request)).toMatchObject({
      ok: false,
      error: expect.stringMatching(line),
    });
  });

  it("states when nothing was judged, and why", async () => {
    const report = await reported();
    const html = (): string =>
      reportHtml(report, { by: "Ada", link: "", linkIsLocal: false, summary: "" }, []);
    expect(html()).not.toContain("Not judged");
    const [from_ms, to_ms] = [base + 3 * hourMs, base + 3 * hourMs + 185_000];
    report.not_judged.push({ from_ms, to_ms, reason: "the bridge was off" });
    const [from, to] = [from_ms, to_ms].map((ms) => new Date(ms).toISOString().slice(11, 19));
    expect(html()).toMatch(new RegExp(`Not judged.*${from} to ${to} UTC \\(.*\\): the bridge was off`));
    const midnightMs = base + 16 * hourMs;
    report.not_judged = [
      { from_ms: midnightMs - 5000, to_ms: midnightMs + 5000, reason: "over midnight" },
      { from_ms: midnightMs, to_ms: midnightMs + 185_000, reason: "after midnight" },
    ];
    const day = new Date(midnightMs).toISOString().slice(0, 10);
    expect(html()).toMatch(new RegExp(`>23:59:55 to ${day} 00:00:05 UTC \\(.*\\): over midnight`));
    expect(html()).toMatch(new RegExp(`>${day} 00:00:00 to 00:03:05 UTC \\(.*\\): after midnight`));
  });

  it("is a self-contained, light, printable document without external scripts", async () => {
    const report = await reported();
    const context = {
      by: "Ada",
      link: "https://shifts.example/?tab=history",
      linkIsLocal: false,
      summary: "calm <night>",
    };
    const html = reportHtml(report, context, [{ title: "Rate", image: "data:image/png;base64,AA" }]);
    expect(html).toContain("calm &lt;night&gt;");
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(html).toContain("Ada &lt;i&gt;");
    expect(html).toContain("HV off &amp; on");
    expect(html).toContain("good except chamber 1");
    expect(html).toMatch(/Good for analysis: .*0\.7\D*%.*:00:00 to \d\d:01:40 UTC/);
    expect(html).toContain("https://shifts.example/?tab=history");
    expect(html).toContain("color-scheme:light");
    expect(html).toContain("@media print");
    // The only script contains data.
    expect(html.match(/<script/g)).toEqual(["<script"]);
    const data = JSON.parse(/id="report">(.*?)<\/script>/.exec(html)![1]!) as ShiftReport;
    expect(data).toEqual(report);
    expect(html).not.toContain("works only on the machine where this file was made");
    expect(reportHtml(report, { ...context, linkIsLocal: true }, [])).toContain("--public-url");
  });

  it("shows durations that agree with the times, and no share of rejected rows that is zero", async () => {
    const report = await reported();
    const [alarm] = report.alarms;
    const at = base + hourMs;
    const alarms = [{ ...alarm!, raised_ms: at + 900, cleared_ms: at + 175_100 }];
    const context = { by: "Ada", link: "", linkIsLocal: false, summary: "" };
    const html = reportHtml({ ...report, alarms }, context, []).replaceAll("\u202F", " ");
    expect(html).toContain("2 min 55 s");
    const names = (of: ShiftReport): string[] => of.peaks.map(({ name }) => name);
    expect(names(report)).toContain("highest share of malformed rows");
    const clean = await reported({ malformed: 0 });
    expect(names(clean)).not.toContain("highest share of malformed rows");
    expect(names(clean)).toContain("lowest hit rate");
  });

  it("does not call rows of the read-out itself unmapped, unless older windows lack their number", async () => {
    const store = new Store({ file: null });
    const windows = new SimulatedWindows({ firstId: base / windowMs }).take(4);
    for (const message of windows) store.putWindow(message);
    const { bridge } = await startBridge({ store });
    const { viewer } = await connected(bridge);
    const request = { from_ms: base, to_ms: base + 4 * windowMs };
    const { value: report } = (await send(viewer, "report", request)) as { value: ShiftReport };
    const known = windows.reduce((sum, message) => sum + knownUnmapped(message), 0);
    expect(known).toBeGreaterThan(0);
    expect(report).toMatchObject({ known_unmapped: known, ledger: { unmapped: known } });
    expect(report.peaks.map(({ name }) => name).join()).not.toContain("unmapped");
    const context = { by: "Ada", link: "", linkIsLocal: false, summary: "" };
    expect(reportHtml(report, context, [])).toMatch(new RegExp(`${known} read-out.+own \\+ 0 unmapped`));
    const old = { ...report, known_unmapped: null };
    expect(reportHtml(old, context, [])).toContain(`${known} unmapped or read-out`);
  });

  it("shows all comments on an alarm, with their authors and times", async () => {
    const report = await reported();
    const [alarm] = report.alarms;
    const at = base + hourMs;
    const first = { by: "Ada", at_ms: at + 60_000, comment: "HV <off>" };
    const acknowledged = acknowledgedAgain(first, { by: "Bo", at_ms: at + 120_000, comment: "gas" });
    const context = { by: "Ada", link: "", linkIsLocal: false, summary: "" };
    const html = reportHtml({ ...report, alarms: [{ ...alarm!, acknowledged }] }, context, []);
    const [one, other] = [60_000, 120_000].map((ms) => new Date(at + ms).toISOString().slice(11, 19));
    expect(html).toContain(`Ada, ${one}: HV &lt;off&gt;<br>Bo, ${other}: gas`);
  });

  it("shows since when a fault may have begun, and of which other one it was the first sign", async () => {
    const report = await reported();
    const [alarm] = report.alarms;
    const at = base + hourMs;
    const scope = { kind: "chamber", chamber: 1 } as const;
    const explained_by = { key: "layer-time", scope, reason: "layer 2 is 25 ± 3 ns late" };
    const alarms = [
      {
        ...alarm!,
        raised_ms: at,
        after_ms: at - 15_000,
        found_until_ms: at + 5000,
        cleared_ms: at + 15_000,
        explained_by,
      },
    ];
    const context = { by: "Ada", link: "", linkIsLocal: false, summary: "" };
    const html = reportHtml({ ...report, alarms }, context, []);
    expect(html).toContain(`last found until ${new Date(at + 5000).toISOString().slice(11, 19)}`);
    expect(html).toContain(`probably began after ${new Date(at - 15_000).toISOString().slice(11, 19)}`);
    expect(html).toContain("first sign of: Chamber 1: layer 2 is 25\u00A0±\u00A03\u202Fns late");
  });

  it("shows quantities with the first digit of a small error", async () => {
    const chambers: QuantityPoint["chambers"] = [
      {
        efficiency: [0.98765, 0.000_34],
        residual_mm: [0.0123, 0.000_4],
        t0_ns: [3.1, 0],
        drift_start_ns: null,
        drift_end_ns: null,
        noise_hz: null,
      },
    ];
    const quantities = [{ from_ms: base, to_ms: base + 300_000, seconds: 300, chambers }];
    const context = { by: "Ada", link: "https://shifts.example/", linkIsLocal: false, summary: "" };
    const all = { ...(await reported()), quantities, quantity_extremes: extremesOf(quantities) };
    const html = reportHtml(all, context, []);
    expect(html).toContain("98.77 ± 0.03 %");
    expect(html).toContain("12.3 ± 0.4 µm");
    expect(html).toContain("3.1 ± 0.0 ns");
    // A single point is printed once.
    expect(html.match(/98\.77/g)).toHaveLength(1);
    expect(html).toContain(">Value</th>");
  });

  it("has quantities per minute, of which none ends after the report", async () => {
    const store = new Store({ file: null });
    const first = base / windowMs;
    const { bridge, source } = await startBridge({ store });
    source.sink.status(makeStatus({ hops: [] }));
    for (let i = 0; i < 32; i += 1) source.sink.window(makeMessage({ id: first + i, orbits: 400 }));
    const { viewer } = await connected(bridge);
    const answer = await send(viewer, "report", { from_ms: base, to_ms: base + 150_000 });
    const { quantities, quantity_extremes } = (answer as { value: ShiftReport }).value;
    expect(quantities.map(({ from_ms, to_ms }) => [from_ms - base, to_ms - base])).toEqual([
      [0, 60_000],
      [60_000, 120_000],
      [120_000, 150_000],
    ]);
    expect(quantity_extremes.map(({ quantity }) => quantity)).toContain("drift_end_ns");
    for (const { lowest, highest } of quantity_extremes)
      for (const { from_ms, to_ms } of [lowest, highest]) {
        expect(from_ms).toBeGreaterThanOrEqual(base);
        expect(to_ms).toBeLessThanOrEqual(base + 150_000);
      }
  });

  it("links to its own time in the history, on later days as well", async () => {
    const report = await reported();
    expect(historyView(report)).toMatchObject({
      ...{ tab: "history", range: "all", trendRange: "6", window: null },
      zoom: { history: [report.from_ms, report.to_ms] },
    });
    expect(readView(writeView(historyView(report)))).toEqual(historyView(report));
  });

  it("shows a quantity that changed and returned", async () => {
    const ends = [400, 401, 460, 388, 396];
    const quantities = ends.map((end, i): QuantityPoint => ({
      from_ms: base + i * 300_000,
      to_ms: base + (i + 1) * 300_000,
      seconds: 300,
      chambers: [
        {
          ...{ efficiency: null, residual_mm: null, t0_ns: null, drift_start_ns: null, noise_hz: null },
          drift_end_ns: [end, 0.5],
        },
      ],
    }));
    const context = { by: "Ada", link: "https://shifts.example/", linkIsLocal: false, summary: "" };
    const all = { ...(await reported()), quantities, quantity_extremes: extremesOf(quantities) };
    const html = reportHtml(all, context, []).replace(/<script[^]*/, "");
    const cellsOf = (page: string): (string | undefined)[][] =>
      [...page.matchAll(/data-name="(First|Last|Lowest|Highest)">(.*?)<\/td>/g)].map(([, name, cell]) => [
        name,
        cell!
          .replaceAll(/<[^>]+>/g, " ")
          .replaceAll(/\s+/g, " ")
          .trim(),
      ]);
    const time = (i: number): string => new Date(base + i * 300_000).toISOString().slice(11, 19);
    expect(cellsOf(html)).toEqual([
      ["First", `400.0 ± 0.5 ns ${time(0)} to ${time(1)}`],
      ["Last", `396.0 ± 0.5 ns ${time(4)} to ${time(5)}`],
      ["Lowest", `388.0 ± 0.5 ns ${time(3)} to ${time(4)}`],
      ["Highest", `460.0 ± 0.5 ns ${time(2)} to ${time(3)}`],
    ]);
  });
});

describe("the public address of the page", () => {
  it("is in the status, and its host name is allowed", async () => {
    const publicUrl = "https://shifts.example/muonitor/";
    const { bridge, source } = await startBridge({ publicUrl });
    source.sink.status(makeStatus());
    const { snapshot } = await connected(bridge);
    expect(snapshot.status?.page_url).toBe(publicUrl);
    const answer = await new Promise<number>((resolve, reject) => {
      const options = {
        host: "127.0.0.1",
        port: bridge.port,
        path: "/",
        headers: { host: "shifts.example" },
      };
      get(options, (response) => resolve(response.resume().statusCode ?? 0)).on("error", reject);
    });
    expect(answer).toBe(200);
  });

  it.each([
    "shifts.example",
    "ftp://shifts.example/",
    "https://a:b@shifts.example/",
    "https://shifts.example/?tab=x",
  ])("like %s is wrong usage", async (url) => {
    const { code, stderr } = await runCli(["bridge", "--public-url", url]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/must be a URL such as https:\/\/shifts\.example\/muonitor\//);
  });
});
