/** The shift report as one HTML file with pictures, which also contains the report as JSON. */
import {
  ledgerGap,
  lengthOf,
  type Alarm,
  type QualityState,
  type Remark,
  type ReportedLight,
  type ReportedRun,
  type ShiftReport,
} from "../../../pipeline/model/index.js";
import { lightTitle } from "../live/time-marks.js";
import { trendRanges, usualView, type View } from "../view/view.js";
import { findingWords, ownNumbers } from "../words/findings.js";
import { age, count, lasted, percent, rate, utcDateTime, utcMoment } from "../words/format.js";
import { lightWords } from "../words/names.js";
import { ledgerLine } from "./evidence.js";
import {
  cellText,
  escape,
  figure,
  headedTable,
  htmlDocument,
  inOneLine,
  table,
  type Picture,
} from "./html.js";
import { quantityTable } from "./quantity-table.js";
import { alarmsUnknown, goodBox, spanOf, unknownBox } from "./report-times.js";

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
    unknownBox(report),
    head(report, context),
    context.summary === ""
      ? ""
      : `<h2>Summary</h2><p>${escape(context.summary).replaceAll("\n", "<br>")}</p>`,
    "<h2>States</h2>",
    lightTable(lights, context.names),
    goodBox(report),
    `<h2>Alarms (${alarms.length})</h2>`,
    alarmsUnknown(report),
    alarms.length === 0 ? "" : alarmTable(alarms, report),
    `<h2>Remarks (${remarks.length})</h2>`,
    remarks.length === 0 ? "<p>No remarks</p>" : remarkTable(remarks, report),
    pictures.map(figure).join("\n"),
    `<h2>Runs (${runs.length})</h2>`,
    runs.length === 0 ? "<p>No runs</p>" : runs.map((run) => runPart(run, report)).join("\n"),
    "<h2>Peaks</h2>",
    peakTable(report),
    "<h2>Derived quantities</h2>",
    quantityTable(report, context.names),
  ].join("\n");
  return htmlDocument({ title: titleOf(report), demo, body, data: { id: "report", value: report } });
}

/** The shift in the History tab. The range is "all", so that the link stays valid on later days. */
export function historyView({ from_ms, to_ms, made_ms }: ShiftReport): View {
  const end = Math.min(to_ms, made_ms);
  const hours = trendRanges.find((range) => end - from_ms <= Number(range) * 3_600_000);
  return {
    ...usualView,
    tab: "history",
    range: "all",
    zoom: { history: [from_ms, end] },
    trendRange: hours ?? "1440",
  };
}

function titleOf({ stream, from_ms, to_ms }: ShiftReport): string {
  return `Shift report ${stream}, ${utcDateTime(from_ms)} to ${utcMoment(to_ms, from_ms)} UTC`;
}

function head(report: ShiftReport, { by, link, linkIsLocal }: ReportContext): string {
  const { windows, ledger, rules, compared_with, made_ms, source, version, left_out } = report;
  const [rows, lost] = [ledgerLine(ledger, report.known_unmapped ?? null), lengthOf(report.not_recorded)];
  const note = linkIsLocal
    ? " (works only on the machine where this file was made: start Muonitor with --public-url)"
    : "";
  return table([
    ["Shifter", by || "–"],
    ["Written", `${utcDateTime(made_ms)} UTC`],
    ["Source", source],
    [
      "Windows",
      `${count(windows)}${lost === 0 ? "" : `, for ${age(spanOf(report) - lost)} of ${age(spanOf(report))}`}`,
    ],
    [
      "Rows",
      `${lost === 0 ? rows : rows.replace("all rows", "all recorded rows")}${ledgerGap(ledger) === 0 ? "" : "!"}`,
    ],
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
  return headedTable(["Light", ...states.map((state) => lightWords[state]), "unknown"], rows);
}

function alarmTable(alarms: readonly Alarm[], { to_ms, made_ms }: ShiftReport): string {
  const rows = alarms.map((alarm) => {
    const { finding, worst = finding, earlier = [] } = alarm;
    const { raised_ms, after_ms, reopened_ms, cleared_ms, found_until_ms } = alarm;
    const { explained_by, acknowledged, silenced } = alarm;
    const began =
      after_ms === undefined
        ? ""
        : `<br><small>probably began after ${utcMoment(after_ms, raised_ms)}</small>`;
    const ended =
      cleared_ms === null || found_until_ms === undefined
        ? ""
        : `<br><small>last found until ${utcMoment(found_until_ms, raised_ms)}</small>`;
    const before = earlier.map(
      (one) =>
        `<br><small>${utcMoment(one.from_ms, raised_ms)} to ${utcMoment(one.to_ms, raised_ms)}: ${lightWords[one.finding.state]}, ${cellText(findingWords(one.finding))}</small>`,
    );
    const explained =
      explained_by === undefined
        ? ""
        : `<br><small>first sign of: ${cellText(findingWords(explained_by))}</small>`;
    const end = Math.min(to_ms, made_ms);
    const noted = [
      ...(acknowledged?.earlier_comments ?? []),
      ...(acknowledged === null ? [] : [acknowledged]),
    ]
      .map(({ by, at_ms, comment }) => {
        const words = `${by}, ${utcMoment(at_ms, raised_ms)}${comment === "" ? "" : `: ${comment}`}`;
        return cellText(words);
      })
      .join("<br>");
    const quiet =
      silenced === undefined
        ? ""
        : `; silenced until ${cleared_ms !== null && silenced.until_ms > cleared_ms ? "it cleared" : utcMoment(silenced.until_ms, raised_ms)} by ${silenced.by}`;
    return [
      `<b>${lightWords[worst.state]}</b> ${cellText(findingWords(worst))}${explained}${before.join("")}`,
      `${utcDateTime(raised_ms)}${reopened_ms === undefined ? "" : `, again ${utcMoment(reopened_ms, raised_ms)}`}${began}`,
      `${inOneLine(cleared_ms === null ? "active" : utcMoment(cleared_ms, raised_ms))}${ended}`,
      inOneLine(lasted(raised_ms, cleared_ms ?? end)),
      `${noted || "not acknowledged"}${cellText(quiet)}`,
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
      cellText(ownNumbers(flag.reason)),
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
  return rows.length === 0 ? "<p>No full windows</p>" : headedTable(["Peak", "Value", "At (UTC)"], rows);
}
