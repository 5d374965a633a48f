/** Creates the shift report as HTML or JSON: the bridge's report with pictures. */
import type { Answer, ShiftReport } from "../../../pipeline/model/index.js";
import { hitsOverTimeChart } from "../charts/hits-over-time.js";
import { quantitiesChart } from "../charts/quantities.js";
import { downloadText } from "../components/download.js";
import { paperLook, paperPicture } from "../components/offscreen-chart.js";
import type { Caption } from "../components/plot-image.js";
import type { Picture } from "../evidence/html.js";
import { historyView, reportHtml } from "../evidence/report.js";
import { trendFromColumns } from "../live/long-trend.js";
import { marksOf } from "../live/time-marks.js";
import { quantityTexts } from "../words/quantities.js";
import { problemOf } from "./ask.js";
import type { Monitor } from "./useMonitor.js";
import { addressUnder, isLocalAddress } from "./useView.js";

const trendPoints = 1500;
/** Quantities with plots. */
const drawn = ["efficiency", "t0_ns", "noise_hz"] as const;

interface Wanted {
  fromMs: number;
  toMs: number;
  by: string;
  summary: string;
}

/** @returns the error, or null */
export async function saveReport(
  monitor: Monitor,
  wanted: Wanted,
  format: "html" | "json",
): Promise<string | null> {
  const answer = await monitor.ask("report", { from_ms: wanted.fromMs, to_ms: wanted.toMs });
  if (!answer.ok) return problemOf(answer);
  const report = answer.value;
  const time = new Date(report.from_ms).toISOString().slice(0, 16).replaceAll(":", "");
  const name = `muonitor-shift-${time}Z`;
  if (format === "json") {
    const { by, summary } = wanted;
    downloadText(
      `${name}.json`,
      `${JSON.stringify({ by, summary, ...report }, null, 1)}\n`,
      "application/json",
    );
    return null;
  }
  const link = addressUnder(monitor.status.value?.page_url, historyView(report));
  const names = monitor.chambers.value.map(({ name }) => name);
  const context = { ...wanted, names, link, linkIsLocal: isLocalAddress(link) };
  const html = reportHtml(report, context, await picturesOf(report, monitor));
  downloadText(`${name}.html`, html, "text/html");
  return null;
}

async function picturesOf(report: ShiftReport, { ask, status, chambers }: Monitor): Promise<Picture[]> {
  const { from_ms, to_ms, made_ms, lights, quantities, runs } = report;
  const untilMs = Math.min(to_ms, made_ms);
  const names = chambers.value.map(({ name }) => name);
  const strip = { lights, names, marks: marksOf(report.alarms, report.remarks, untilMs) };
  const look = { ...paperLook, names };
  // The document names the stream. A picture that is copied from it must still show that it is not of real data.
  const caption = (title: string): Caption => ({
    title: `${title}${report.demo ? " (DEMO)" : ""}`,
    lines: [],
  });
  const pictures: Picture[] = [];
  const answer: Answer<Parameters<typeof trendFromColumns>[0]> = await ask("trend", {
    from_ms,
    to_ms: untilMs,
    points: trendPoints,
  });
  if (answer.ok) {
    const trend = trendFromColumns(answer.value, status.value?.window_ms ?? 5_000);
    const marks = runs.map(({ run }) => ({ ms: run.started_ms, words: `run ${run.number}` }));
    const spec = hitsOverTimeChart(trend, { unit: "rate", fromMs: from_ms, toMs: untilMs, marks }, look);
    const title = "Hit rate vs time, states of the lights, alarms and remarks";
    pictures.push({ title, image: paperPicture(spec, caption(title), strip) });
  }
  for (const quantity of drawn) {
    if (!quantities.some((point) => point.chambers.some((one) => one[quantity] !== null))) continue;
    const spec = quantitiesChart(quantities, { quantity, by: "time", fromMs: from_ms, toMs: untilMs }, look);
    const title = quantityTexts[quantity].name;
    pictures.push({ title, image: paperPicture(spec, caption(title)) });
  }
  return pictures;
}
