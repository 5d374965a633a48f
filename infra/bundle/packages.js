// Finds the packages of package-lock.json that a part of the project needs at run time.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {string} [resolved]
 * @property {string} [integrity]
 * @property {boolean} [link]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, { optional?: boolean }>} [peerDependenciesMeta]
 */
/** @typedef {{ packages: Record<string, LockEntry>, [key: string]: unknown }} Lock */

/** Workspaces whose compiled code is in the bundle; vite has already bundled the page with its packages. */
export const runtimeFolders = ["", "pipeline", "pipeline/beam", "producer", "dashboard/bridge", "runners"];
export const pageFolders = ["dashboard"];

/**
 * Packages used only to build Muonitor, or by the authors of Beam's SDK to build it. Without them the bundle is 110 MB
 * smaller and contains no compiler.
 */
const compilers = [
  ...["vite", "vite-plugin-vuetify", "@vitejs/plugin-vue"],
  ...["typescript", "ttypescript", "ts-closure-transform", "@protobuf-ts/plugin"],
];

/**
 * @param {string} root
 * @returns {Lock}
 */
export function readLock(root) {
  return JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
}

/**
 * Sorted places of the packages, such as node_modules/a/node_modules/b, that these folders load directly or indirectly.
 * @param {Lock} lock
 * @param {readonly string[]} folders
 */
export function packagesOf({ packages }, folders) {
  const seen = new Set();
  const waiting = [...folders];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    if (seen.has(place)) continue;
    seen.add(place);
    waiting.push(...needsOf(packages, place));
  }
  return [...seen].filter((place) => place.includes("node_modules/")).sort();
}

/**
 * @param {Lock["packages"]} packages
 * @param {string} place
 */
function needsOf(packages, place) {
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } =
    packages[place] ?? {};
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta?.[name]?.optional);
  return [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers]
    .filter((name) => !compilers.includes(name))
    .map((name) => find(packages, place, name))
    .filter((found) => found !== undefined);
}

/**
 * Finds a package in the same way as Node: in the node_modules of the folder, then of each folder above it.
 * @param {Lock["packages"]} packages
 * @param {string} from
 * @param {string} name
 * @returns {string | undefined}
 */
function find(packages, from, name) {
  const place = `${from}${from === "" ? "" : "/"}node_modules/${name}`;
  const found = packages[place];
  if (found !== undefined) return found.link === true ? found.resolved : place;
  return from === "" ? undefined : find(packages, above(from), name);
}

/** @param {string} place */
function above(place) {
  const end = place.lastIndexOf("/node_modules/");
  if (end >= 0) return place.slice(0, end);
  return place.startsWith("node_modules/") || !place.includes("/")
    ? ""
    : place.slice(0, place.lastIndexOf("/"));
}

/** @param {string} place */
export function nameOf(place) {
  return place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
}
