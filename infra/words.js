// Part of `npm run lint`: rejects quaint words in comments, messages and documents.
// `node infra/words.js PATH...` checks only these files and folders.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { allowed, rules } from "./words/list.js";
import { textsOf } from "./words/texts.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const hasText = /\.(?:ts|js|vue|md|yaml|sh|css|html)$|Dockerfile$|^\.ci\//;

/** A phrase may continue on the next line of a comment or list. */
const patterns = rules.map(({ words, better }) => ({
  words: new RegExp(words.source.replaceAll(" ", "\\s+(?:(?:\\*|//|#|>) )?"), "gi"),
  better,
}));

/** @typedef {{ path: string, line: number, found: string, better: string, context: string }} Finding */

/**
 * Finds quaint words in one file, except allowed ones.
 * @param {string} path relative to the root
 * @param {string} content
 * @param {import("./words/list.js").Allowed[]} exceptions
 * @returns {Finding[]}
 */
export function findingsIn(path, content, exceptions = allowed) {
  return textsOf(path, content)
    .flatMap((text) => findingsOf(path, text))
    .filter((finding) => !exceptions.some((entry) => isAllowed(entry, finding)));
}

/**
 * @param {string} path
 * @param {import("./words/texts.js").Text} text
 * @returns {Finding[]}
 */
function findingsOf(path, { text, line }) {
  return patterns.flatMap(({ words, better }) =>
    [...text.matchAll(words)].map(({ 0: found, index }) => ({
      ...{ path, better },
      line: line + text.slice(0, index).split("\n").length - 1,
      found: found.replace(/\s+(?:(?:\*|\/\/|#|>) )?/g, " "),
      context: text.slice(Math.max(0, index - 40), index + found.length + 40).replace(/\s+/g, " "),
    })),
  );
}

/**
 * @param {import("./words/list.js").Allowed} entry
 * @param {Finding} finding
 */
export function isAllowed({ path, text = "" }, finding) {
  return finding.path === path && finding.context.includes(text);
}

/**
 * @param {string} path
 * @param {string} place a file or a folder
 */
function isWithin(path, place) {
  return path === place || path.startsWith(`${place}/`);
}

/** Text files in git, including files that are not committed yet. */
function textFiles() {
  const options = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const listed = execFileSync("git", options, { cwd: root, encoding: "utf8" }).split("\0");
  return listed.filter((path) => hasText.test(path) && existsSync(join(root, path)));
}

/** @param {string} path */
const findingsOfFile = (path) => findingsIn(path, readFileSync(join(root, path), "utf8"));

/**
 * @param {string[]} places files and folders; none for all
 * @returns {number} exit code
 */
function main(places) {
  const paths = textFiles().filter(
    (path) => places.length === 0 || places.some((place) => isWithin(path, place)),
  );
  const found = paths.flatMap(findingsOfFile);
  for (const { path, line, found: words, better, context } of found)
    console.log(`${path}:${line}: "${words}": ${better}   (${context})`);
  return found.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
