/** The parts of package-lock.json that are read here. */
export interface LockFile {
  packages: Record<string, LockedPackage>;
}

interface LockedPackage {
  name?: string;
  version?: string;
  resolved?: string;
  link?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** Names of all packages that a workspace can load, according to Node's module resolution. */
export function closure(lock: LockFile, workspace: string): Set<string> {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const name of dependencyNames(lock.packages[path])) {
      const found = resolve(lock, path, name);
      if (found !== undefined) visit(found);
    }
  };
  visit(workspace);
  return new Set([...seen].map((path) => packageName(lock, path)));
}

function dependencyNames(entry: LockedPackage | undefined): string[] {
  return [
    entry?.dependencies,
    entry?.devDependencies,
    entry?.optionalDependencies,
    entry?.peerDependencies,
  ].flatMap((group) => Object.keys(group ?? {}));
}

/** Walks up from a package to the nearest node_modules with the name; follows a link to a workspace. */
function resolve(lock: LockFile, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    const path = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    const entry = lock.packages[path];
    if (entry) return entry.link ? entry.resolved : path;
    if (folder === "") return undefined;
  }
}

function packageName(lock: LockFile, path: string): string {
  return lock.packages[path]?.name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
}

/** The installed versions of a package, at any depth. */
export function versionsOf(lock: LockFile, name: string): string[] {
  return Object.entries(lock.packages)
    .filter(([path]) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`))
    .map(([, entry]) => String(entry.version));
}

/** Whether a released version is at least another; a pre-release counts as older than any. */
export function isAtLeast(version: string, minimum: string): boolean {
  if (version.includes("-")) return false;
  const [have, want] = [version, minimum].map((text) => text.split(".").map(Number));
  const difference = have!.map((part, index) => part - want![index]!).find((part) => part !== 0) ?? 0;
  return difference >= 0;
}
