// Writes the table of direct dependencies: purpose, licence, installed and newest version, last release, and the reason for an
// old version.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { minimumNode } from "../node-version.js";
import { javaDependencies, npmDependencies, readNotes, root } from "./direct.js";
import { lastReleaseOfJava, newerOfJava, newestOfNpm } from "./newest.js";

const target = join(root, "infra/dependencies.md");

const unexplained = "**no reason: update it**";

/** @typedef {{ name: string, purpose: string, licence: string, installed: string, newest: string, released: string, kept: string }} Row */

export async function depsCommand() {
  const npm = await npmRows();
  const java = await javaRows();
  writeFileSync(target, reportText(npm, java, new Date().toISOString().slice(0, 10)));
  const behind = [...npm, ...java].filter(({ kept }) => kept === unexplained);
  for (const { name, installed, newest } of behind)
    console.log(`${name}: ${installed} -> ${newest}, no reason for the old version`);
  console.log(`${npm.length + java.length} direct dependencies are in ${target}`);
}

/** @returns {Promise<Row[]>} */
async function npmRows() {
  const notes = readNotes().npm;
  const rows = [];
  for (const name of npmDependencies()) {
    const { version: installed, license: licence = notes[name]?.licence ?? "unknown" } = JSON.parse(
      readFileSync(join(root, "node_modules", name, "package.json"), "utf8"),
    );
    const { version: newest, released, node } = await newestOfNpm(name);
    const kept = installed === newest ? "" : (tooNewNode(node) ?? notes[name]?.kept ?? unexplained);
    rows.push({ name, purpose: notes[name]?.purpose ?? "", licence, installed, newest, released, kept });
  }
  return rows;
}

/** @returns {Promise<Row[]>} */
async function javaRows() {
  const notes = readNotes().java;
  const newer = await newerOfJava();
  return [...javaDependencies()].map(([name, versions]) => {
    const { purpose = "", licence = "", kept = unexplained } = notes[name] ?? {};
    const newest = newer.get(name) ?? versions.at(-1) ?? "";
    const isNewest = versions.every((version) => version === newest);
    const released = lastReleaseOfJava(name);
    return {
      name,
      purpose,
      licence,
      installed: versions.join(", "),
      newest,
      released,
      kept: isNewest ? "" : kept,
    };
  });
}

/**
 * Explains that a package needs a newer Node than the oldest supported one; null if it does not.
 * @param {string} range for example "^22.12.0 || >=24"
 * @returns {string | null}
 */
export function tooNewNode(range) {
  const lowest = range
    .split("||")
    .map((part) => /(\d+)(?:\.(\d+))?/.exec(part))
    .flatMap((match) => (match === null ? [] : [Number(match[1]) * 1000 + Number(match[2] ?? 0)]))
    .sort((a, b) => a - b)[0];
  const [major, minor] = /** @type {[number, number]} */ (minimumNode.split(".").map(Number));
  if (lowest === undefined || lowest <= major * 1000 + minor) return null;
  return `needs Node ${Math.floor(lowest / 1000)}.${lowest % 1000}`;
}

/**
 * @param {Row[]} npm
 * @param {Row[]} java
 * @param {string} date
 */
export function reportText(npm, java, date) {
  return `# Direct dependencies

Written by \`npm run deps\` on ${date}; run it once a month. Purposes and reasons are in
[\`dependencies/notes.json\`](dependencies/notes.json). The oldest supported version of Node is ${minimumNode}.

## npm

${tableText(npm)}

## Java

The last release is the date of the last change of the repository's list of versions.

${tableText(java)}
`;
}

const columns = /** @type {const} */ ([
  ["package", "name"],
  ["purpose", "purpose"],
  ["licence", "licence"],
  ["installed", "installed"],
  ["newest", "newest"],
  ["last release", "released"],
  ["reason for the old version", "kept"],
]);

/** @param {Row[]} rows */
function tableText(rows) {
  const lines = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, key]) => row[key]))];
  const widths = columns.map((_, i) => Math.max(...lines.map((cells) => (cells[i] ?? "").length)));
  const line = (/** @type {string[]} */ cells) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = lines;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
