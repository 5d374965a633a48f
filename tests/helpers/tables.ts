/** Tables in the documentation, for comparison with the definitions in the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../infra/bootstrap.js";

/** Cells of the first table after a heading of a Markdown file, row by row, without the header. */
export function tableAfter(file: string, heading: string): string[][] {
  const text = readFileSync(join(root, file), "utf8");
  const section = text.slice(text.indexOf(`\n${heading}\n`));
  const lines = section.slice(section.indexOf("\n|") + 1).split("\n");
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(2, end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("\\|", "|")),
  );
}
