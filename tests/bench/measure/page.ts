/** The benchmark page: its tables between marks, and its plots, all from measurements.json. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchmarksFolder, type Measurement, type Measurements } from "./measurements.js";
import { peaksText } from "./memory-watch.js";
import { barPlot, compact } from "./plot.js";

/** Parameter varied in each study, in page order. */
const studies: readonly { id: string; title: string; column: string }[] = [
  { id: "runners", title: "Bounded run over 10 million rows", column: "runner" },
  { id: "one-window", title: "25 million rows in one window", column: "runner" },
  { id: "piece-size", title: "Bounded run on Flink by size of the pieces", column: "MiB per piece" },
  { id: "windows", title: "10 million rows by number of windows", column: "windows" },
  { id: "rows", title: "Windows of 2.5 million rows by number of rows", column: "rows" },
  { id: "threads", title: "10 million rows in 4 windows by threads", column: "threads" },
  { id: "chambers", title: "10 million rows in 4 windows by chambers", column: "chambers" },
  { id: "rows-per-message", title: "Streaming on Flink by rows per message", column: "rows per message" },
  { id: "partitions", title: "Streaming on Flink by partitions of the topic", column: "partitions" },
  { id: "bundle-size", title: "Streaming on Flink by size of the bundles", column: "messages per bundle" },
  { id: "stream-workers", title: "Streaming on Flink by workers", column: "workers" },
  { id: "rate", title: "Delay of a window on Flink by rate", column: "rate" },
];

const pageName = "README.md";

/** Every file generated from the measurements, by name; null for one that must not exist. */
export function pageFiles(all: Measurements, folder = benchmarksFolder): Map<string, string | null> {
  const files = new Map<string, string | null>();
  let page = readFileSync(join(folder, pageName), "utf8");
  page = between(page, "conditions", conditionsText(all));
  for (const { id, title, column } of studies) {
    const measurements = all.measurements.filter(({ study }) => study === id);
    const isMeasured = measurements.length > 0;
    files.set(`${id}.svg`, isMeasured ? barPlot({ title, bars: measurements }) : null);
    const shown = `![${title}](${id}.svg)\n\n${table(column, measurements)}`;
    page = between(page, id, isMeasured ? shown : "_Not measured yet._");
  }
  files.set(pageName, page);
  return files;
}

export function writePage(all: Measurements, folder = benchmarksFolder): void {
  for (const [name, content] of pageFiles(all, folder)) {
    const path = join(folder, name);
    if (content === null) rmSync(path, { force: true });
    else writeFileSync(path, content);
  }
}

/** One line for each environment, with its studies if there are several. */
function conditionsText({ environments }: Measurements): string {
  const titles = new Map<string, string[]>();
  for (const { id, title } of studies) {
    const environment = environments[id];
    if (environment === undefined) continue;
    const { measured, node, machine, conditions } = environment;
    const text = `measured on ${measured}, Node ${node.replace("v", "")}, ${machine}, ${conditions}`;
    titles.set(text, [...(titles.get(text) ?? []), `"${title}"`]);
  }
  if (titles.size === 1) return [...titles.keys()].map((text) => `M${text.slice(1)}.`).join();
  return [...titles].map(([text, names]) => `- ${names.join(", ")}: ${text}.`).join("\n");
}

/** Replaces the text between two marks. */
function between(page: string, id: string, text: string): string {
  const [begin, end] = [`<!-- ${id} -->`, `<!-- /${id} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no marks for ${id}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

/** A Markdown table in Prettier's format. */
function table(column: string, measurements: readonly Measurement[]): string {
  const [first] = measurements;
  const withMemory = measurements.some(({ memoryMb }) => memoryMb !== undefined);
  const head = [
    column,
    first?.unit ?? "",
    ...(withMemory ? ["with start and stop", "memory", "of each process, MB"] : []),
  ];
  const rows = measurements.map(({ label, value, memoryMb, wallSeconds, processes = [] }) => [
    label,
    compact(value),
    ...(withMemory ? [`${wallSeconds ?? "-"} s`, `${memoryMb ?? "-"} MB`, peaksText(processes) || "-"] : []),
  ]);
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((cells) => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((size) => "-".repeat(size))), ...rows.map(line)].join("\n");
}
