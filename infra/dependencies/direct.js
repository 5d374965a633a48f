// Direct dependencies in package.json files and poms.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** @param {string} path relative to the root */
const readJson = (path) => JSON.parse(readFileSync(join(root, path), "utf8"));

/** @typedef {{ purpose: string, licence?: string, kept?: string }} NpmNote `licence` if the package does not declare it */
/** @typedef {{ purpose: string, licence: string, kept?: string }} JavaNote */
/**
 * For each package: its purpose, and the reason why it is not updated to the newest version.
 * @returns {{ npm: Record<string, NpmNote>, java: Record<string, JavaNote> }}
 */
export const readNotes = () => readJson("infra/dependencies/notes.json");

/** Names of npm packages, sorted, without the project's own. */
export function npmDependencies() {
  const folders = [".", ...readJson("package.json").workspaces];
  const names = folders.flatMap((folder) => {
    const { dependencies, devDependencies, optionalDependencies } = readJson(join(folder, "package.json"));
    return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  });
  return [...new Set(names)].filter((name) => !name.startsWith("@muonitor/")).sort();
}

/** Folders with a pom. */
export const pomFolders = () =>
  readdirSync(join(root, "infra/jvm"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `infra/jvm/${name}`);

/**
 * Artifacts of all poms as GROUP:ARTIFACT with their versions, oldest first, without pins of transitive dependencies.
 * @returns {Map<string, string[]>}
 */
export function javaDependencies() {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  for (const folder of pomFolders()) {
    const pom = readFileSync(join(root, folder, "pom.xml"), "utf8").replace(/<!--[^]*?-->/g, "");
    const direct = pom.replace(/<(dependencyManagement|exclusions|build)>[^]*?<\/\1>/g, "");
    const text = (/** @type {string} */ xml, /** @type {string} */ tag) =>
      new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1] ?? "";
    for (const [, dependency = ""] of direct.matchAll(/<dependency>([^]*?)<\/dependency>/g)) {
      const version = text(dependency, "version").replace(/^\$\{(.*)\}$/, (_, name) => text(pom, name));
      const name = `${text(dependency, "groupId")}:${text(dependency, "artifactId")}`;
      found.set(name, [...new Set([...(found.get(name) ?? []), version])].sort());
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
