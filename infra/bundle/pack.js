// `npm run pack`: makes a release that runs on a machine with only Node, as an archive and as a folder for building an image.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { execFileSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { bootstrapped, root } from "../bootstrap.js";
import { BootstrapFailure, explain } from "../bootstrap/failure.js";
import { print } from "../bootstrap/progress.js";
import { minimumNode } from "../node-version.js";
import { bundleFiles, textFile } from "./files.js";
import { packagesOf, pageFolders, readLock, runtimeFolders } from "./packages.js";
import { cycloneDx, licenceTexts, npmComponent } from "./sbom.js";
import { writeTarGz } from "./tar.js";

/** @typedef {import("./tar.js").TarFile} TarFile */
/** @typedef {{ folder: string, jars: string[] }} Options where to write, and which sets of jars go into the folder */

const usage = "usage: npm run pack -- [--output FOLDER] [--jars SET,SET]";

/** @param {string[]} args */
export async function packCommand(args) {
  await bootstrapped({ page: true }, async () => {
    try {
      const options = optionsOf(args);
      const { archive, folder } = await pack(options);
      if (options.jars.length > 0) await addJars(folder, options.jars);
      console.log(archive);
      return 0;
    } catch (error) {
      if (error instanceof UsageFailure) return (print(error.message), 2);
      return explain(error);
    }
  });
}

class UsageFailure extends Error {}

/**
 * @param {string[]} args
 * @returns {Options}
 */
export function optionsOf(args) {
  const options = { folder: join(root, "build/release"), jars: /** @type {string[]} */ ([]) };
  for (let i = 0; i < args.length; i += 2) {
    const [name, value] = [args[i], args[i + 1]];
    if (value === undefined || !["--output", "--jars"].includes(name ?? "")) throw new UsageFailure(usage);
    if (name === "--output") options.folder = resolve(process.env["INIT_CWD"] ?? process.cwd(), value);
    else options.jars = value.split(",");
  }
  const unknown = options.jars.find((set) => !existsSync(join(root, "infra/jvm", set, "pom.xml")));
  if (unknown !== undefined)
    throw new UsageFailure(`--jars ${unknown}: infra/jvm/${unknown}/pom.xml does not exist`);
  return options;
}

/**
 * The same sources and packages give the same archive, byte for byte, with one version of Node.
 * @param {Pick<Options, "folder">} options
 */
export async function pack({ folder }) {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const name = `${manifest.name}-${manifest.version}`;
  const seconds = secondsOfRelease();
  const files = [...contents(manifest, seconds)].sort((a, b) => (a.path < b.path ? -1 : 1));
  files.push(textFile("SHA256SUMS", sums(files)));
  const unpacked = join(folder, manifest.name);
  rmSync(folder, { recursive: true, force: true });
  for (const file of files) writeOut(unpacked, file);
  const archive = join(folder, `${name}.tar.gz`);
  await writeTarGz(
    archive,
    files.map((file) => ({ ...file, path: `${name}/${file.path}` })),
    seconds,
  );
  cpSync(join(unpacked, "sbom.cdx.json"), join(folder, `${name}.cdx.json`));
  const listed = [basename(archive), `${name}.cdx.json`];
  writeFileSync(
    join(folder, "SHA256SUMS"),
    listed.map((one) => sumLine(one, readFileSync(join(folder, one)))).join(""),
  );
  return { archive, folder: unpacked };
}

/**
 * @param {any} manifest
 * @param {number} seconds
 * @returns {TarFile[]}
 */
function contents(manifest, seconds) {
  const { name, version, description, license, type, engines } = manifest;
  const lock = readLock(root);
  const runtime = packagesOf(lock, runtimeFolders);
  const page = packagesOf(lock, pageFolders);
  for (const place of runtime)
    if (!existsSync(join(root, place))) throw new BootstrapFailure(`${place} is not installed: run npm ci`);
  const components = [
    ...runtime.map((place) => npmComponent(root, lock, place, "node_modules")),
    ...page.map((place) => npmComponent(root, lock, place, "page")),
  ];
  const files = bundleFiles(root, runtime);
  const serial = createHash("sha256").update(sums(files)).digest("hex");
  const json = (/** @type {unknown} */ value) => `${JSON.stringify(value, null, 2)}\n`;
  return [
    ...files,
    textFile(
      "package.json",
      json({
        name,
        version,
        description,
        license,
        private: true,
        type,
        engines,
        bin: { muonitor: "bin/muonitor" },
      }),
    ),
    textFile("release.json", json({ version, commit: commit(), node: `>=${minimumNode}` })),
    textFile("sbom.cdx.json", json(cycloneDx(manifest, components, { seconds, serial }))),
    textFile("THIRD-PARTY-LICENCES.txt", licenceTexts(components)),
    textFile("compose.yaml", readFileSync(join(root, "infra/compose.yaml"), "utf8")),
    textFile(".env", "COMPOSE_PROJECT_NAME=muonitor\nMUONITOR_BUNDLE=.\n"),
  ];
}

/** The commit from which the bundle is made; empty outside of a repository. */
function commit() {
  return git("rev-parse", "HEAD");
}

/** SOURCE_DATE_EPOCH, else the time of the commit, else the first time that zip can store: s since the epoch. */
function secondsOfRelease() {
  return Number(process.env["SOURCE_DATE_EPOCH"] ?? (git("log", "-1", "--format=%ct") || 315_532_800));
}

/** @param {string[]} args */
function git(...args) {
  try {
    return execFileSync("git", args, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "";
  }
}

/** @param {readonly TarFile[]} files */
function sums(files) {
  return files.map(({ path, content }) => sumLine(path, content)).join("");
}

/**
 * A line of a checksum file, in the format of `sha256sum -c`.
 * @param {string} path
 * @param {Buffer} content
 */
function sumLine(path, content) {
  return `${createHash("sha256").update(content).digest("hex")}  ${path}\n`;
}

/**
 * @param {string} folder
 * @param {TarFile} file
 */
function writeOut(folder, { path, content, executable }) {
  const target = join(folder, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content, { mode: executable ? 0o755 : 0o644 });
}

/**
 * Copies jars next to the unpacked bundle, so that Maven is not needed while an image is built from it.
 * @param {string} folder
 * @param {readonly string[]} sets
 */
async function addJars(folder, sets) {
  const { provideJars, unstaged } = await import(
    pathToFileURL(join(root, "build/runners/services/maven.js")).href
  );
  for (const set of sets) {
    const jars = await provideJars(set, { log: print });
    const name = basename(jars.slice(0, -unstaged.length - 1));
    cpSync(jars, join(folder, ".muonitor/jars", name, unstaged), { recursive: true, dereference: true });
  }
}
