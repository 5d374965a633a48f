/** The shift report as one HTML file with pictures, which also contains the report as JSON. */
import {
  ledgerGap,
  quantityNames,
  type Alarm,
  type Measured,
  type QuantityName,
  type QualityState,
  type Remark,
  type ReportedLight,
  type ReportedRun,
  type ShiftReport,
} from "../../../pipeline/model/index.js";
import { lightTitle } from "../live/time-marks.js";
import { findingWords } from "../words/findings.js";
import { age, count, fixed, percent, rate, utcDateTime, utcMoment } from "../words/format.js";
import { lightWords } from "../words/names.js";
import { quantityTexts } from "../words/quantities.js";
import { ledgerLine } from "./evidence.js";
import { cellText, escape, figure, headedTable, htmlDocument, table, type Picture } from "./html.js";

/** The page's additions to the bridge's report. */
interface ReportContext {
  by: string;
  link: string;
  linkIsLocal: boolean;
  /** The shifter's summary, at the top. */
  summary: string;
  /** Names of the chambers, in order; default: their numbers. */
  names?: readonly string[];
}

export function reportHtml(
  report: ShiftReport,
  context: ReportContext,
  pictures: readonly Picture[],
): string {
  const { runs, alarms, remarks, lights, demo } = report;
  const body = [
    head(report, context),
    context.summary === ""
      ? ""
      : `<h2>Summary</h2><p>${escape(context.summary).replaceAll("\n", "<br>")}</p>`,
    "<h2>States</h2>",
    lightTable(lights, context.names),
    unjudged(report),
    pictures.map(figure).join("\n"),
    `<h2>Alarms (${alarms.length})</h2>`,
    alarms.length === 0 ? "<p>No alarms</p>" : alarmTable(alarms, report),
    `<h2>Remarks (${remarks.length})</h2>`,
    remarks.length === 0 ? "<p>No remarks</p>" : remarkTable(remarks, report),
    `<h2>Runs (${runs.length})</h2>`,
    runs.length === 0 ? "<p>No runs</p>" : runs.map((run) => runPart(run, report)).join("\n"),
    "<h2>Peaks</h2>",
    peakTable(report),
    "<h2>Derived quantities</h2>",
    quantityTable(report, context.names),
  ].join("\n");
  return htmlDocument({ title: titleOf(report), demo, body, data: { id: "report", value: report } });
}

function titleOf({ stream, from_ms, to_ms }: ShiftReport): string {
  return `Shift report ${stream}, ${utcDateTime(from_ms)} to ${utcMoment(to_ms, from_ms)} UTC`;
}

function head(report: ShiftReport, { by, link, linkIsLocal }: ReportContext): string {
  const { windows, ledger, rules, compared_with, made_ms, source, version, left_out } = report;
  const note = linkIsLocal
    ? " (works only on the machine where this file was made: start Muonitor with --public-url)"
    : "";
  return table([
    ["Shifter", by || "–"],
    ["Written", `${utcDateTime(made_ms)} UTC`],
    ["Source", source],
    ["Windows", count(windows)],
    ["Rows", `${ledgerLine(ledger, null)}${ledgerGap(ledger) === 0 ? "" : "!"}`],
    ["Compared with", compared_with ?? "nothing"],
    ["Rules", rules === null ? "none" : `${rules.hash} (${rules.source})`],
    ["Muonitor", version],
    ["Page", `${link}${note}`],
    ...left_out.map((words) => ["Left out", words] as const),
  ]);
}

const states: readonly QualityState[] = ["good", "warning", "bad", "few", "none"];

function lightTable(lights: readonly ReportedLight[], names: readonly string[] = []): string {
  const rows = lights.map(({ light, time }) => {
    const known = states.reduce((sum, state) => sum + (time[state] ?? 0), 0);
    const parts = states.map((state) => (time[state] === undefined ? "" : percent(time[state], 1)));
    return [
      `<b>${escape(lightTitle(light, names))}</b>`,
      ...parts,
      known > 0.9995 ? "" : percent(1 - known, 1),
    ];
  });
  return headedTable(["Light", ...states.map((state) => lightWords[state]), "not recorded"], rows);
}

/** Maximum number of times without a judgement in the HTML; the JSON contains all. */
const maxUnjudged = 20;

/** The times in which nothing was judged, with the reason: while no bridge ran, an alarm would have been missed. */
function unjudged({ lights, from_ms }: ShiftReport): string {
  const spans =
    lights.find(({ light }) => light === "whole")?.spans.filter(({ state }) => state === "none") ?? [];
  if (spans.length === 0) return "";
  const lines = spans
    .slice(0, maxUnjudged)
    .map(
      (span) =>
        `${utcMoment(span.from_ms, from_ms)} to ${utcMoment(span.to_ms, from_ms)} UTC (${age(span.to_ms - span.from_ms)}): ${escape(span.reason)}`,
    );
  const more = spans.length > maxUnjudged ? `<br>${spans.length - maxUnjudged} more in the JSON` : "";
  return `<p><b>Not judged</b><br>${lines.join("<br>")}${more}</p>`;
}

/** Short cells of a table with long ones, which would otherwise be cut in the middle of a time. */
function inOneLine(words: string): string {
  return `<span class="whole">${words}</span>`;
}

function alarmTable(alarms: readonly Alarm[], { to_ms, made_ms }: ShiftReport): string {
  const rows = alarms.map((alarm) => {
    const { finding, worst = finding, earlier = [] } = alarm;
    const { raised_ms, reopened_ms, cleared_ms, acknowledged, silenced } = alarm;
    const before = earlier.map(
      (one) =>
        `<br><small>${utcMoment(one.from_ms, raised_ms)} to ${utcMoment(one.to_ms, raised_ms)}: ${lightWords[one.finding.state]}, ${cellText(findingWords(one.finding))}</small>`,
    );
    const end = Math.min(to_ms, made_ms);
    const noted =
      acknowledged === null
        ? "not acknowledged"
        : `${acknowledged.by}, ${utcMoment(acknowledged.at_ms, raised_ms)}${acknowledged.comment === "" ? "" : `: ${acknowledged.comment}`}`;
    const quiet =
      silenced === undefined
        ? ""
        : `; silenced until ${utcMoment(silenced.until_ms, raised_ms)} by ${silenced.by}`;
    return [
      `<b>${lightWords[worst.state]}</b> ${cellText(findingWords(worst))}${before.join("")}`,
      `${utcDateTime(raised_ms)}${reopened_ms === undefined ? "" : `, again ${utcMoment(reopened_ms, raised_ms)}`}`,
      inOneLine(cleared_ms === null ? "active" : utcMoment(cleared_ms, raised_ms)),
      inOneLine(age((cleared_ms ?? end) - raised_ms)),
      cellText(`${noted}${quiet}`),
    ];
  });
  return headedTable(["Alarm", "Raised (UTC)", "Cleared", "Lasted", "Acknowledged"], rows, "texts");
}

function remarkTable(remarks: readonly Remark[], { from_ms }: ShiftReport): string {
  const rows = remarks.map(({ from_ms: from, to_ms: to, by, text, withdrawn }) => {
    const remark = cellText(text).replaceAll("\n", "<br>");
    return [
      `${utcMoment(from, from_ms)}${to === null ? "" : ` to ${utcMoment(to, from)}`}`,
      withdrawn === undefined
        ? remark
        : `<span class="withdrawn">${remark}</span> withdrawn by ${cellText(withdrawn.by)}`,
      cellText(by),
    ];
  });
  return headedTable(["Time (UTC)", "Remark", "By"], rows, "texts");
}

/** Maximum number of flags of a run in the HTML; the JSON contains all. */
const maxFlags = 40;

function runPart({ run, text, flags }: ReportedRun, { from_ms }: ShiftReport): string {
  const { number, started_ms, stopped_ms, comment, windows, hit_count } = run;
  const time = `${utcDateTime(started_ms)} to ${stopped_ms === null ? "now" : utcMoment(stopped_ms, started_ms)} UTC`;
  const title = `<p><b>Run ${number}</b> ${time}: <b>${escape(text)}</b><br>${count(windows)} windows, ${count(hit_count)} hits${comment === "" ? "" : `<br>${escape(comment)}`}</p>`;
  const rows = flags
    .slice(0, maxFlags)
    .map((flag) => [
      utcMoment(flag.from_ms, from_ms),
      utcMoment(flag.to_ms, from_ms),
      lightWords[flag.state],
      cellText(flag.reason),
    ]);
  const more =
    flags.length > maxFlags ? `<p class="note">${flags.length - maxFlags} more in the JSON</p>` : "";
  return `${title}${headedTable(["From (UTC)", "To", "Flag", "Reason"], rows, "texts")}${more}`;
}

function peakTable({ peaks }: ShiftReport): string {
  const rows = peaks.map(({ name, value, unit, at_ms }) => [
    escape(name),
    `${rate(value)} ${unit}`,
    utcDateTime(at_ms),
  ]);
  return headedTable(["Peak", "Value", "At (UTC)"], rows);
}

/** Smaller errors are rounded. */
const maxPlaces = 4;

/** First and last value of each quantity, which show its drift over the shift. */
function quantityTable({ quantities }: ShiftReport, names: readonly string[] = []): string {
  const chambers = quantities[0]?.chambers.length ?? 0;
  const words = (name: QuantityName, measured: Measured | undefined): string => {
    if (measured == null) return "–";
    const { factor, digits, unit } = quantityTexts[name];
    const [value, sigma] = [factor * measured[0], Math.abs(factor * measured[1])];
    // The first digit of the error is always shown, never "± 0.0".
    const places = sigma > 0 ? Math.min(maxPlaces, Math.max(digits, Math.ceil(-Math.log10(sigma)))) : digits;
    return `${fixed(value, places)} ± ${fixed(sigma, places)} ${unit}`;
  };
  const rows = quantityNames.flatMap((name) =>
    Array.from({ length: chambers }, (_, chamber) => {
      const known = quantities.flatMap((point) => point.chambers[chamber]?.[name] ?? []);
      const values = quantities
        .map((point) => point.chambers[chamber]?.[name] ?? null)
        .filter((one) => one !== null);
      if (known.length === 0) return null;
      return [
        quantityTexts[name].name,
        escape(`Chamber ${names[chamber] ?? chamber}`),
        words(name, values[0]),
        words(name, values.at(-1)),
      ];
    }).filter((row) => row !== null),
  );
  return rows.length === 0 ? "<p>Not measured</p>" : headedTable(["Quantity", "", "First", "Last"], rows);
}
