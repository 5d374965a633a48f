/** The page of the benchmarks: tables between marks, and plots beside it, all from measurements.json. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchmarksFolder, type Measurement, type Measurements } from "./measurements.js";
import { barPlot, compact } from "./plot.js";

/** What is varied in each study, in the order of the page. */
export const studies: readonly { id: string; title: string; column: string }[] = [
  { id: "runners", title: "Bounded run over 10 million rows", column: "runner" },
  { id: "one-window", title: "25 million rows in one window", column: "runner" },
  { id: "piece-size", title: "Bounded run on Flink by size of the pieces", column: "MiB per piece" },
  { id: "rows-per-message", title: "Streaming on Flink by rows per message", column: "rows per message" },
  { id: "partitions", title: "Streaming on Flink by partitions of the topic", column: "partitions" },
  { id: "bundle-size", title: "Streaming on Flink by size of the bundles", column: "messages per bundle" },
  { id: "rate", title: "Delay of a window on Flink by rate", column: "rate" },
];

const pagePath = join(benchmarksFolder, "README.md");

/** Every file that is made from the measurements, by name. */
export function pageFiles(all: Measurements): Map<string, string> {
  const files = new Map<string, string>();
  let page = readFileSync(pagePath, "utf8");
  page = between(page, "conditions", conditionsText(all));
  for (const { id, title, column } of studies) {
    const measurements = all.measurements.filter(({ study }) => study === id);
    if (measurements.length === 0) continue;
    files.set(`${id}.svg`, barPlot({ title, bars: measurements }));
    page = between(page, id, `![${title}](${id}.svg)\n\n${table(column, measurements)}`);
  }
  files.set("README.md", page);
  return files;
}

export function writePage(all: Measurements): void {
  for (const [name, content] of pageFiles(all)) writeFileSync(join(benchmarksFolder, name), content);
}

function conditionsText({ measured, node, machine, conditions }: Measurements): string {
  return `Measured on ${measured}, Node ${node.replace("v", "")}, ${machine}, ${conditions}.`;
}

/** Replaces what stands between two marks. */
function between(page: string, id: string, text: string): string {
  const [begin, end] = [`<!-- ${id} -->`, `<!-- /${id} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no marks for ${id}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

/** In the form that the formatter gives a table. */
function table(column: string, measurements: readonly Measurement[]): string {
  const [first] = measurements;
  const withMemory = measurements.some(({ memoryMb }) => memoryMb !== undefined);
  const head = [column, first?.unit ?? "", ...(withMemory ? ["with start and stop", "memory"] : [])];
  const rows = measurements.map(({ label, value, memoryMb, wallSeconds }) => [
    label,
    compact(value),
    ...(withMemory ? [`${wallSeconds ?? "-"} s`, `${memoryMb ?? "-"} MB`] : []),
  ]);
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((cells) => cells[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((size) => "-".repeat(size))), ...rows.map(line)].join("\n");
}
