/** Formats the result of an audit as text. */
import type { AuditReport, SourceAudit, WrongTimes } from "../flink/audit-report.js";
import type { NumberRange } from "../flink/range-set.js";

/** The whole report in one line. */
export function verdict(report: AuditReport): string {
  const { sources, windows, rows, partial_windows: partial } = report;
  const sum = (count: (source: SourceAudit) => number): number =>
    sources.reduce((total, source) => total + count(source), 0);
  const faults = sources.flatMap(faultsOf);
  const unread = report.unread_messages ?? 0;
  if (unread > 0) faults.push(`the job has not read ${unread} messages`);
  faults.push(...report.wrong_times.map(wrongTimesText));
  if (report.foreign_in_no_window > 0)
    faults.push(`${report.foreign_in_no_window} foreign messages are in no window`);
  if (report.wrong_ledgers > 0) faults.push(`${report.wrong_ledgers} ledgers do not add up`);
  const truncated = sum(({ truncated_windows: count }) => count);
  const unknown = sum(({ unknown: numbers }) => sizeOf(numbers));
  const notes = [
    `${sum(({ messages }) => messages)} messages of ${sources.length} sources and partitions`,
    `${rows} rows in ${windows} windows${partial > 0 ? ` (${partial} partial)` : ""}`,
    `${sum(({ duplicates }) => duplicates)} duplicates`,
    lateText(report),
    `${sum(({ open }) => open)} in open windows`,
    `${sum(({ never_sent: gaps }) => sizeOf(gaps))} numbers never sent`,
    ...(unknown > 0 ? [`${unknown} whose windows are no longer in the topic`] : []),
    `${report.foreign_messages} foreign messages${report.unread_messages === null ? " that cannot be checked" : ""}`,
    ...(truncated > 0
      ? [`${truncated} windows list only their first 64 ranges, which may hide missing messages`]
      : []),
  ];
  const all = `every message${unknown > 0 ? " in the windows still in the topic" : ""} is accounted for`;
  const head = report.complete ? all : `NOT accounted for: ${faults.join("; ")}`;
  return `${head}: ${notes.join(", ")}`;
}

const timeWords = {
  missing: "no timestamp",
  seconds: "a timestamp in seconds instead of ms",
  microseconds: "a timestamp in µs instead of ms",
};

function wrongTimesText({ kind, messages, partition, offset }: WrongTimes): string {
  const place = `partition ${partition}${offset === null ? "" : ` offset ${offset}`}`;
  return `${messages} messages have ${timeWords[kind]} and are in no window (first: ${place})`;
}

function lateText({ sources, unread_messages: unread }: AuditReport): string {
  const late = sources.reduce((sum, source) => sum + sizeOf(source.late), 0);
  const alone = sources.reduce((sum, source) => sum + source.late_by_tally, 0);
  const text = `${late} late and dropped`;
  if (alone > 0)
    return `${text} (${alone} of them according to the tally only: their partition was idle, or the job has lost them)`;
  return late > 0 && unread === null ? `${text} (by their timestamps: no tally available)` : text;
}

function faultsOf({ id, epoch, partition, missing, doubled }: SourceAudit): string[] {
  const source = `${id} epoch ${epoch} partition ${partition}`;
  return [
    ...(missing.length > 0 ? [`${source} lacks ${sizeOf(missing)} messages (${rangesText(missing)})`] : []),
    ...(doubled > 0 ? [`${source} has ${doubled} messages counted twice`] : []),
  ];
}

const shownRanges = 5;

function rangesText(ranges: readonly NumberRange[]): string {
  const shown = ranges
    .slice(0, shownRanges)
    .map(([first, last]) => (first === last ? String(first) : `${first}-${last}`));
  return [...shown, ...(ranges.length > shownRanges ? ["…"] : [])].join(", ");
}

const sizeOf = (ranges: readonly NumberRange[]): number =>
  ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
