/** The evidence as one HTML file that needs nothing else: any logbook takes it, any browser shows and prints it. */
import { findingWords } from "../words/findings.js";
import { age, count, utcDateTime } from "../words/format.js";
import { hopNames, lightWords } from "../words/names.js";
import { ledgerLine, numbersWords, summedWords, type Evidence, type EvidencePlot } from "./evidence.js";

type Row = readonly [name: string, value: string];

export function evidenceHtml(evidence: Evidence, plots: readonly EvidencePlot[]): string {
  const title = titleOf(evidence);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escape(title)}${evidence.demo ? ' <b class="demo">DEMO</b>' : ""}</h1>
${stateList(evidence)}
${alarmList(evidence)}
${plots.map(figure).join("\n")}
<h2>Numbers</h2>
${table(numbers(evidence))}
${chamberTable(evidence)}
<h2>The way of the data</h2>
${table(hopRows(evidence))}
<script type="application/json" id="evidence">${json(evidence)}</script>
</body>
</html>
`;
}

/** The same in a few lines of text, for the clipboard. */
export function evidenceText(evidence: Evidence): string {
  const { quality, alarms, link } = evidence;
  const chambers = quality?.chambers.map(({ state, reason }, i) => `Chamber ${i}: ${state}, ${reason}`) ?? [];
  const raised = alarms.map(
    ({ finding, raised_ms }) => `${findingWords(finding)} (since ${utcDateTime(raised_ms)} UTC)`,
  );
  const facts = numbers(evidence).map(([name, value]) => `${name}: ${value}`);
  const whole = quality === null ? [] : [`State: ${quality.whole.state}, ${quality.whole.reason}`];
  return [titleOf(evidence), ...whole, ...chambers, ...raised, ...facts, link, ""].join("\n");
}

function titleOf({ stream, run, taken_ms: taken }: Evidence): string {
  const runWords = run === null ? "" : `, run ${run.number}`;
  return `Muonitor ${stream}${runWords}, ${utcDateTime(taken)} UTC`;
}

function stateList({ quality }: Evidence): string {
  if (quality === null) return "<p>Not judged.</p>";
  const named = [
    ["Whole", quality.whole],
    ...quality.chambers.map((verdict, i) => [`Chamber ${i}`, verdict] as const),
    ["Scintillator", quality.scintillator],
    ["Data", quality.data],
  ] as const;
  const items = named.map(
    ([name, { state, reason }]) =>
      `<li class="${state}"><b>${name}</b> ${lightWords[state]}: ${escape(reason)}</li>`,
  );
  return `<ul class="lights">${items.join("")}</ul>`;
}

function alarmList({ alarms }: Evidence): string {
  if (alarms.length === 0) return "";
  const items = alarms.map(({ finding, raised_ms: raised, acknowledged }) => {
    const known = acknowledged === null ? "" : `; acknowledged by ${escape(acknowledged.by)}`;
    return `<li>${escape(findingWords(finding))} <small>since ${utcDateTime(raised)} UTC${known}</small></li>`;
  });
  return `<h2>Alarms</h2><ul>${items.join("")}</ul>`;
}

function figure({ title, image }: EvidencePlot): string {
  return `<figure><img src="${image}" alt="${escape(title)}"></figure>`;
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
    ["Reference", evidence.reference ?? "none"],
    ["Muonitor", evidence.version],
    ["Page", evidence.link],
  ];
}

function chamberTable({ picture }: Evidence): string {
  if (picture === null) return "";
  const rows = picture.chambers.map(({ hits, channels, driftUnderflow, driftOverflow }, i) => {
    const live = channels.filter((one) => one > 0).length;
    const hz = ((1000 * hits) / picture.durationMs).toFixed(1);
    return `<tr><th>Chamber ${i}</th><td>${count(hits)}</td><td>${hz}</td><td>${live} / ${channels.length}</td><td>${driftUnderflow}</td><td>${driftOverflow}</td></tr>`;
  });
  const head =
    "<tr><th></th><th>hits</th><th>Hz</th><th>live cells</th><th>drift underflow</th><th>overflow</th></tr>";
  return `<table>${head}${rows.join("")}</table>`;
}

function hopRows({ hops, taken_ms: taken, connection }: Evidence): Row[] {
  const rows = hops.map(({ hop, last_ms: last, rate_hz: hz, unit }): Row => {
    const ago = last === null ? "never heard" : `${age(taken - last)} ago`;
    return [
      hopNames[hop],
      `${ago}${hz === null ? "" : `, ${Number(hz.toPrecision(3))} ${unit === "clients" ? unit : `${unit}/s`}`}`,
    ];
  });
  return [...rows, ["This browser", connection]];
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(([name, value]) => `<tr><th>${escape(name)}</th><td>${escape(value)}</td></tr>`);
  return `<table>${lines.join("")}</table>`;
}

function escape(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (one) => entities[one] ?? one);
}

/** JSON that cannot end the script that holds it. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

const style = `body{font:14px/1.45 system-ui,sans-serif;max-width:1100px;margin:24px auto;padding:0 16px;color:#1d2934}
h1{font-size:20px}h2{font-size:15px;margin:22px 0 6px}.demo{background:#e3a62f;padding:1px 7px;border-radius:4px;font-size:12px}
ul.lights{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:6px}
ul.lights li{padding:7px 10px;border-left:5px solid #8a97a3;background:#f2f5f8}
li.good{border-color:#0f7b57!important}li.warning{border-color:#b97400!important}li.bad{border-color:#c22f22!important}
figure{margin:10px 0}img{max-width:100%;border:1px solid #d5dde4;border-radius:6px}
table{border-collapse:collapse;margin:6px 0}th,td{text-align:left;padding:3px 14px 3px 0;border-bottom:1px solid #e3e8ed;vertical-align:top}
th{font-weight:600;white-space:nowrap}td{word-break:break-word}`;
