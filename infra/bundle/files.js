// The files of a release bundle by their path in it.
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path/posix";

/** @typedef {{ path: string, content: Buffer, executable: boolean }} TarFile */

/** Files that the command line loads before the built code takes over. */
const bootstrap = [
  "build",
  "caller",
  "child",
  "failure",
  "identity",
  "install",
  "interruption",
  "lock",
  "progress",
  "settled",
  "steps",
];
const documents = [
  "CHANGELOG.md",
  "LICENSE",
  "README.md",
  "dashboard/bridge/http.md",
  "dashboard/bridge/quality/rules.yaml",
  "dashboard/guide.md",
  "infra/operations.md",
  "infra/your-chambers.md",
  "pipeline/model/glossary.md",
  "pipeline/model/message.schema.json",
  "pipeline/model/messages.md",
  "producer/faults.md",
  "producer/input.md",
  "runners/commands.md",
];
/** With the pictures of the documents. */
const documentFolders = ["dashboard/screenshots", "infra/benchmarks"];
const containers = ["Dockerfile", "healthy.js", "jars.sh", "start-job.sh"];
const builtFolders = ["dashboard", "page", "pipeline", "producer", "runners", "thread"];

const entry = `#!/usr/bin/env node
import { refuseOldNode } from "../infra/node-version.js";

refuseOldNode();
import("../infra/bootstrap.js").then(({ runMuonitor }) => runMuonitor(process.argv.slice(2)));
`;

/** Types, source maps, V8 code caches and documents, which no program loads; licences are kept. */
const unneeded = /\.(cache|d\.[cm]?ts|[cm]?tsx?|map|md|markdown|flow|tsbuildinfo|gyp|cc|h)$/i;
const licence = /^(licen[cs]e|copying|notice)/i;
/** Top-level folders of a package that contain none of its code. */
const unneededFolders = new Set([
  "test",
  "tests",
  "__tests__",
  "doc",
  "docs",
  "example",
  "examples",
  "bench",
  "benchmark",
  "node_modules",
]);

/**
 * @param {string} root
 * @param {readonly string[]} packages places of packages
 * @returns {TarFile[]}
 */
export function bundleFiles(root, packages) {
  const poms = readdirSync(join(root, "infra/jvm"), { withFileTypes: true })
    .filter((one) => one.isDirectory())
    .map(({ name }) => `infra/jvm/${name}/pom.xml`);
  const scripts = [
    "infra/node-version.js",
    "infra/bootstrap.js",
    ...bootstrap.map((name) => `infra/bootstrap/${name}.js`),
  ];
  const built = builtFolders.flatMap((folder) => filesBelow(root, `build/${folder}`, new Set()));
  const modules = packages.flatMap((place) => filesBelow(root, place, unneededFolders));
  const paths = [
    ...documents,
    ...documentFolders.flatMap((folder) => filesBelow(root, folder, new Set())),
    ...containers.map((name) => `infra/containers/${name}`),
    ...poms,
    ...scripts,
    ...[...built, ...modules].filter(isNeeded),
  ];
  const files = paths.map((path) => fileOf(root, path));
  const packed = new Set(paths);
  return [textFile("bin/muonitor", entry, true), ...files.map((file) => withoutDeadLinks(file, packed))];
}

/**
 * A document whose links to files that the bundle lacks, such as those for contributors, are plain text.
 * @param {TarFile} file
 * @param {ReadonlySet<string>} packed paths in the bundle
 * @returns {TarFile}
 */
function withoutDeadLinks(file, packed) {
  if (!file.path.endsWith(".md")) return file;
  const text = file.content.toString().replace(/\[([^\]]*)\]\(([^)\s]+)\)/g, (link, words, target) => {
    const path = join(dirname(file.path), target.split("#")[0]);
    return /^([a-z]+:|#)/.test(target) || packed.has(path) ? link : words;
  });
  return { ...file, content: Buffer.from(text) };
}

/**
 * @param {string} path
 * @param {string} text
 * @param {boolean} [executable]
 * @returns {TarFile}
 */
export function textFile(path, text, executable = false) {
  return { path, content: Buffer.from(text), executable };
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {TarFile}
 */
export function fileOf(root, path) {
  return { path, content: readFileSync(join(root, path)), executable: path.endsWith(".sh") };
}

/** @param {string} path */
function isNeeded(path) {
  return licence.test(basename(path)) || !unneeded.test(path);
}

/**
 * @param {string} root
 * @param {string} folder
 * @param {ReadonlySet<string>} left names to exclude at the top level
 * @returns {string[]}
 */
export function filesBelow(root, folder, left) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !left.has(name) && !name.startsWith("."))
    .flatMap((one) => {
      const path = `${folder}/${one.name}`;
      return one.isDirectory() ? filesBelow(root, path, new Set()) : [path];
    });
}
