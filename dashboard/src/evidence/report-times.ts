/** The parts of a shift report about its times: those without data or judgement, and those that are good. */
import {
  lengthOf,
  type ShiftReport,
  type TimeSpan,
  type UnjudgedSpan,
} from "../../../pipeline/model/index.js";
import { ownNumbers } from "../words/findings.js";
import { age, lasted, percent, utcMoment } from "../words/format.js";
import { escape } from "./html.js";

/** Maximum number of spans in the HTML; the JSON contains all. */
const maxListed = 20;
/** Shorter times without a judgement are not listed, ms. */
const minUnjudgedMs = 1000;

/** Time of the shift up to the report, ms. */
export function spanOf({ from_ms, to_ms, made_ms }: ShiftReport): number {
  return Math.min(to_ms, made_ms) - from_ms;
}

function unjudged({ not_judged }: ShiftReport): UnjudgedSpan[] {
  return not_judged.filter(({ from_ms, to_ms }) => to_ms - from_ms >= minUnjudgedMs);
}

/** The times that the report knows nothing about, first of all: without them a lost shift looks like a calm one. */
export function unknownBox(report: ShiftReport): string {
  const { from_ms, not_recorded: lost } = report;
  const times = unjudged(report);
  const lines = (spans: readonly TimeSpan[]): string => listed(spans, from_ms);
  const [only] = lost;
  const lostTime =
    lost.length === 1 && only !== undefined ? lasted(only.from_ms, only.to_ms) : age(lengthOf(lost));
  const share = `${lostTime} of ${age(spanOf(report))}, ${percent(lengthOf(lost), spanOf(report))}`;
  const parts = [
    lost.length === 1 && only !== undefined
      ? `<p><b>No data recorded from ${spanWords(only, from_ms)} (${share})</b></p>`
      : "",
    lost.length > 1 ? `<p><b>No data recorded for ${share}</b><br>${lines(lost)}</p>` : "",
    times.length > 0 ? `<p><b>Not judged</b>, alarms would have been missed:<br>${lines(times)}</p>` : "",
  ].join("");
  return parts === "" ? "" : `<div class="unknown ${lost.length > 0 ? "bad" : "warning"}">${parts}</div>`;
}

function listed(spans: readonly (TimeSpan & { reason?: string })[], fromMs: number): string {
  const lines = spans.slice(0, maxListed).map((span) => {
    const reason = span.reason === undefined ? "" : `: ${escape(ownNumbers(span.reason))}`;
    return `${spanWords(span, fromMs)} (${lasted(span.from_ms, span.to_ms)})${reason}`;
  });
  const more = spans.length > maxListed ? [`${spans.length - maxListed} more in the JSON`] : [];
  return [...lines, ...more].join("<br>");
}

/** The times that an analysis can use. */
export function goodBox(report: ShiftReport): string {
  const { good_times: good, from_ms } = report;
  if (good === undefined) return "";
  const [length, all] = [lengthOf(good), spanOf(report)];
  const share = `${age(length)} of ${age(all)}, ${percent(length, all)}`;
  const rule = "all lights good, and no fault begun as far as known";
  return `<p><b>Good for analysis: ${share}</b> (${rule})${good.length === 0 ? "" : "<br>"}${listed(good, from_ms)}</p>`;
}

function spanWords(span: TimeSpan, from_ms: number): string {
  return `${utcMoment(span.from_ms, from_ms)} to ${utcMoment(span.to_ms, span.from_ms)} UTC`;
}

/** Without alarms, the time to which this applies; with alarms, the time in which more may have been missed. */
export function alarmsUnknown(report: ShiftReport): string {
  const { alarms } = report;
  const missed = lengthOf(unjudged(report));
  const judged = spanOf(report) - missed;
  if (missed === 0) return alarms.length === 0 ? "<p>No alarms</p>" : "";
  if (alarms.length > 0)
    return `<p class="note">Nothing was judged for ${age(missed)} of ${age(spanOf(report))}</p>`;
  if (judged < minUnjudgedMs) return "<p>Unknown: nothing was judged</p>";
  return `<p>No alarms in the ${age(judged)} that were judged; unknown for ${age(missed)}</p>`;
}
