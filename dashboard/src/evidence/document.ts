/** The evidence as one self-contained HTML file, for any logbook and browser. */
import { escape, figure, htmlDocument, table, type Row } from "./html.js";
import { activeSinceMs } from "../../../pipeline/model/index.js";
import { findingWords, ownNumbers } from "../words/findings.js";
import { age, count, utcDateTime } from "../words/format.js";
import { hopNames, lightWords } from "../words/names.js";
import { ledgerLine, numbersWords, summedWords, type Evidence, type EvidencePlot } from "./evidence.js";

export function evidenceHtml(evidence: Evidence, plots: readonly EvidencePlot[]): string {
  const body = [
    linkNote(evidence),
    stateList(evidence),
    alarmList(evidence),
    plots.map(figure).join("\n"),
    `<h2>Numbers</h2>`,
    table(numbers(evidence)),
    chamberTable(evidence),
    `<h2>Data path</h2>`,
    table(hopRows(evidence)),
  ].join("\n");
  const data = { id: "evidence", value: evidence };
  return htmlDocument({ title: titleOf(evidence), demo: evidence.demo, body, data });
}

/** The link, with a note if it is to localhost, which is useless in a logbook. */
function linkNote({ link_is_local: isLocal, link }: Evidence): string {
  const address = `<p><a href="${escape(link)}">${escape(link)}</a></p>`;
  return isLocal
    ? `${address}<p class="note">This link works only on the machine where this file was made: start Muonitor with --public-url.</p>`
    : address;
}

/** The evidence as a few lines of text, for the clipboard. */
export function evidenceText(evidence: Evidence): string {
  const { quality, alarms, link } = evidence;
  const chambers =
    quality?.chambers.map(({ state, reason }, i) => `${nameOf(evidence, i)}: ${state}, ${reason}`) ?? [];
  const raised = alarms.map(
    (alarm) => `${findingWords(alarm.finding)} (since ${utcDateTime(activeSinceMs(alarm))} UTC)`,
  );
  const facts = numbers(evidence).map(([name, value]) => `${name}: ${value}`);
  const whole =
    quality === null ? [] : [`State: ${quality.whole.state}, ${ownNumbers(quality.whole.reason)}`];
  return [titleOf(evidence), ...whole, ...chambers, ...raised, ...facts, link, ""].join("\n");
}

function nameOf({ chamber_names: names }: Evidence, chamber: number): string {
  return `Chamber ${names[chamber] ?? chamber}`;
}

function titleOf({ stream, run, taken_ms: taken }: Evidence): string {
  const runWords = run === null ? "" : `, run ${run.number}`;
  return `Muonitor ${stream}${runWords}, ${utcDateTime(taken)} UTC`;
}

function stateList(evidence: Evidence): string {
  const { quality } = evidence;
  if (quality === null) return "<p>Not judged.</p>";
  const named = [
    ["Whole", quality.whole],
    ...quality.chambers.map((verdict, i) => [nameOf(evidence, i), verdict] as const),
    ["Scintillator", quality.scintillator],
    ["Data", quality.data],
  ] as const;
  const items = named.map(
    ([name, { state, reason }]) =>
      `<li class="${state}"><b>${escape(name)}</b> ${lightWords[state]}: ${escape(reason)}</li>`,
  );
  return `<ul class="lights">${items.join("")}</ul>`;
}

function alarmList({ alarms }: Evidence): string {
  if (alarms.length === 0) return "";
  const items = alarms.map((alarm) => {
    const { finding, acknowledged } = alarm;
    const comment = acknowledged?.comment ? `: ${escape(acknowledged.comment)}` : "";
    const known = acknowledged === null ? "" : `; acknowledged by ${escape(acknowledged.by)}${comment}`;
    return `<li>${escape(findingWords(finding))} <small>since ${utcDateTime(activeSinceMs(alarm))} UTC${known}</small></li>`;
  });
  return `<h2>Alarms</h2><ul>${items.join("")}</ul>`;
}

function numbers(evidence: Evidence): Row[] {
  const { run, picture, quality, ledger, ledger_since_start: since, known_unmapped: known, late } = evidence;
  return [
    ["Taken by", evidence.by || "–"],
    ["Source", evidence.source],
    ["Run", run === null ? "none" : `${run.number}${run.comment === "" ? "" : `: ${run.comment}`}`],
    ["Data age", evidence.data_age_ms === null ? "no data" : age(evidence.data_age_ms)],
    ["Histograms sum", summedWords(evidence)],
    ["Windows", numbersWords(evidence)],
    ["Hits shown", picture === null ? "none" : count(picture.hits)],
    [
      "Orbits, with scintillator",
      picture === null ? "none" : `${count(picture.orbits)}, ${count(picture.scintOrbits)}`,
    ],
    ["Ledger, newest window", ledger === null ? "none" : ledgerLine(ledger, known.window)],
    ["Ledger, since start", since === null ? "none" : ledgerLine(since, known.since_start)],
    ["Late rows dropped", late === null ? "not counted" : count(late.rows)],
    ["Rules", quality === null ? "none" : `${quality.rules.hash} (${quality.rules.source})`],
    ["Compared with", quality?.compared_with ?? "nothing"],
    ["Reference of the rules", quality?.reference?.name ?? "none"],
    ["Reference in plots", evidence.reference ?? "none"],
    ["Muonitor", evidence.version],
    ["Page", evidence.link],
  ];
}

function chamberTable(evidence: Evidence): string {
  const { picture } = evidence;
  if (picture === null) return "";
  const rows = picture.chambers.map(({ hits, channels, driftUnderflow, driftOverflow }, i) => {
    const live = channels.filter((one) => one > 0).length;
    const hz = ((1000 * hits) / picture.durationMs).toFixed(1);
    return `<tr><th>${escape(nameOf(evidence, i))}</th><td>${count(hits)}</td><td>${hz}</td><td>${live} / ${channels.length}</td><td>${count(driftUnderflow)}</td><td>${count(driftOverflow)}</td></tr>`;
  });
  const head =
    "<tr><th></th><th>hits</th><th>Hz</th><th>live cells</th><th>drift underflow</th><th>overflow</th></tr>";
  return `<table>${head}${rows.join("")}</table>`;
}

function hopRows({ hops, taken_ms: taken, connection }: Evidence): Row[] {
  const rows = hops.map(({ hop, last_ms: last, rate_hz: hz, unit }): Row => {
    const ago = last === null ? "no heartbeat yet" : `${age(taken - last)} ago`;
    return [
      hopNames[hop],
      `${ago}${hz === null ? "" : `, ${Number(hz.toPrecision(3))} ${unit === "clients" ? unit : `${unit}/s`}`}`,
    ];
  });
  return [...rows, ["This browser", connection]];
}
