/** Exported documents: one self-contained HTML file, in light colours, ready to print. */

interface Document {
  title: string;
  demo: boolean;
  /** HTML. */
  body: string;
  /** The same content as JSON, for programs. */
  data: { id: string; value: unknown };
}

export interface Picture {
  title: string;
  /** PNG as a data URL. */
  image: string;
}

export type Row = readonly [name: string, value: string];

export function htmlDocument({ title, demo, body, data }: Document): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escape(title)}${demo ? ' <b class="demo">DEMO</b>' : ""}</h1>
${body}
</main>
<script type="application/json" id="${data.id}">${json(data.value)}</script>
</body>
</html>
`;
}

export function figure({ title, image }: Picture): string {
  return `<figure><img src="${image}" alt="${escape(title)}"></figure>`;
}

/** A table of names and values; both are escaped. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${cellText(value)}</td></tr>`,
  );
  return `<table>${lines.join("")}</table>`;
}

/**
 * A table with a header; cells are HTML.
 * @param kind "texts" have a line per cell on a phone, whose width is too small for several columns of text
 */
export function headedTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  kind: "numbers" | "texts" = "numbers",
): string {
  const names = head.map((name) => `<th scope="col">${escape(name)}</th>`).join("");
  const lines = rows.map((cells) => {
    const named = cells.map((cell, i) => `<td data-name="${escape(head[i] ?? "")}">${cell}</td>`);
    return `<tr>${named.join("")}</tr>`;
  });
  return `<table class="${kind}"><thead><tr>${names}</tr></thead><tbody>${lines.join("")}</tbody></table>`;
}

/** Short cells of a table with long ones, which would otherwise be cut in the middle of a time. */
export function inOneLine(words: string): string {
  return `<span class="whole">${words}</span>`;
}

/** Longer words, such as links, may break anywhere; a column is at least as wide as the others. */
const maxWholeWord = 24;

/** Text for a cell of a table, escaped. */
export function cellText(text: string): string {
  const parts = text
    .split(/(\s+)/)
    .map((word) => (word.length > maxWholeWord ? `<span class="long">${escape(word)}</span>` : escape(word)));
  return parts.join("");
}

export function escape(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (one) => entities[one] ?? one);
}

/** JSON that cannot terminate the script element around it. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

const style = `:root{color-scheme:light}body{font:14px/1.45 system-ui,sans-serif;max-width:1100px;margin:24px auto;padding:0 16px;overflow-wrap:anywhere;color:#1d2934;background:#fff}
h1{font-size:20px}h2{font-size:15px;margin:22px 0 6px}.demo{background:#e3a62f;padding:1px 7px;border-radius:4px;font-size:12px}
ul.lights{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:6px}
ul.lights li{padding:7px 10px;border-left:5px solid #8a97a3;background:#f2f5f8}
li.good{border-color:#0f7b57!important}li.warning{border-color:#b97400!important}li.bad{border-color:#c22f22!important}
.unknown{margin:10px 0;padding:1px 12px;border-left:5px solid;-webkit-print-color-adjust:exact;print-color-adjust:exact}.unknown p{margin:7px 0}
.unknown.bad{border-color:#c22f22;background:#fbe9e7}.unknown.bad p:first-child b{color:#a3231a}.unknown.warning{border-color:#b97400;background:#fdf3df}
figure{margin:10px 0;break-inside:avoid}img{max-width:100%;border:1px solid #d5dde4;border-radius:6px}
table{border-collapse:collapse;margin:6px 0}th,td{text-align:left;padding:3px 14px 3px 0;border-bottom:1px solid #e3e8ed;vertical-align:top}
th{font-weight:600;white-space:nowrap}th,td{overflow-wrap:break-word}.long{overflow-wrap:anywhere}.whole{white-space:nowrap}tr{break-inside:avoid}
.withdrawn{text-decoration:line-through;color:#6b7b89}.note{color:#54606b}
@media screen and (max-width:600px){.numbers{display:block;overflow-x:auto;font-size:12px}.numbers :is(th,td){padding-right:6px;white-space:normal}
.texts thead{display:none}.texts :is(tr,td){display:block}
.texts tr{padding:6px 0;border-bottom:1px solid #e3e8ed}.texts td{padding:0;border:0}.texts td:not(:first-child)::before{content:attr(data-name)": ";color:#54606b}}
@media print{body{margin:0;max-width:none;font-size:11px}h2{break-after:avoid}}`;
