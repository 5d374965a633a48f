// The newest version and release date of a dependency, from npm and Maven.
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pomFolders, root } from "./direct.js";

const run = promisify(execFile);
const maxBuffer = 1 << 26;

/** @typedef {{ version: string, released: string, node: string }} Newest version, YYYY-MM-DD, range of Node */

/**
 * @param {string} name
 * @returns {Promise<Newest>}
 */
export async function newestOfNpm(name) {
  const { stdout } = await run("npm", ["view", `${name}@latest`, "version", "time", "engines", "--json"], {
    cwd: root,
    maxBuffer,
  });
  const { version, time, engines } = JSON.parse(stdout);
  return { version, released: time?.[version]?.slice(0, 10) ?? "unknown", node: engines?.node ?? "" };
}

const noPreviews = "-Dmaven.version.ignore=(?i).*[-.](alpha|beta|rc|cr|m|ea|preview|snapshot)[-.]?[0-9]*";
const versionsPlugin = "org.codehaus.mojo:versions-maven-plugin:2.18.0:display-dependency-updates";

/**
 * Newest versions by GROUP:ARTIFACT; only artifacts that can be updated.
 * @returns {Promise<Map<string, string>>}
 */
export async function newerOfJava() {
  const newer = new Map();
  const folder = mkdtempSync(join(tmpdir(), "muonitor-deps-"));
  try {
    for (const [i, pom] of pomFolders().entries()) {
      const output = join(folder, `${i}.txt`);
      const quiet = [
        "-q",
        "-B",
        "-ntp",
        "-DprocessDependencyManagement=false",
        noPreviews,
        `-Dversions.outputFile=${output}`,
      ];
      await run("mvn", [...quiet, "-f", join(root, pom), versionsPlugin], { maxBuffer });
      const text = readFileSync(output, "utf8");
      // Maven breaks long lines after the dots.
      for (const [, name, version] of text.matchAll(/^ {2}(\S+:\S+) \.+\s+\S+ -> (\S+)/gm))
        newer.set(name, version);
    }
    return newer;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Time of the last change of the version list, which Maven has just fetched; "unknown" if its local repository is
 * elsewhere.
 * @param {string} name GROUP:ARTIFACT
 */
export function lastReleaseOfJava(name) {
  const [group = "", artifact = ""] = name.split(":");
  const folder = join(homedir(), ".m2", "repository", ...group.split("."), artifact);
  try {
    const dates = readdirSync(folder)
      .filter((file) => /^maven-metadata-.*\.xml$/.test(file))
      .map((file) => /<lastUpdated>(\d{4})(\d\d)(\d\d)/.exec(readFileSync(join(folder, file), "utf8")))
      .flatMap((match) => (match === null ? [] : [match.slice(1).join("-")]));
    return dates.sort().at(-1) ?? "unknown";
  } catch {
    return "unknown";
  }
}
