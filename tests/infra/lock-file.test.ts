import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { closure, isAtLeast, type LockFile, versionsOf } from "./lock-file.js";
import { readProjectFile } from "./project-files.js";

const lock = JSON.parse(readProjectFile("package-lock.json")) as LockFile;
const workspaces = JSON.parse(readProjectFile("package.json")).workspaces as string[];

describe("package-lock.json", () => {
  it.each(["dashboard/bridge", "producer", "dashboard"])("keeps Beam out of %s", (workspace) => {
    expect(closure(lock, workspace)).not.toContain("apache-beam");
  });

  it("allows Beam only in pipeline/beam", () => {
    expect(closure(lock, "pipeline/beam")).toContain("apache-beam");
    const declaring = Object.keys(lock.packages).filter(
      (path) => lock.packages[path]?.dependencies?.["apache-beam"],
    );
    expect(declaring).toEqual(["pipeline/beam"]);
  });

  // Beam 2.49 requires older versions with published advisories; package.json overrides them.
  it.each([
    ["protobufjs", "7.5.5"],
    ["@grpc/grpc-js", "1.8.22"],
  ])("has %s only from version %s on", (name, minimum) => {
    const versions = versionsOf(lock, name);
    expect(versions).not.toEqual([]);
    expect(versions.filter((version) => !isAtLeast(version, minimum))).toEqual([]);
  });

  it("has no packages inside workspaces", () => {
    const own = Object.keys(lock.packages).filter((path) => /^(?!node_modules\/).*node_modules\//.test(path));
    expect(own).toEqual([]);
    expect(workspaces.flatMap(packagesIn)).toEqual([]);
  });

  it("names no registry", () => {
    const hosted = Object.values(lock.packages).filter(({ resolved }) => resolved?.startsWith("http"));
    expect(hosted).toEqual([]);
  });
});

/** Ignores caches of tools in a workspace's node_modules, whose names begin with a dot. */
function packagesIn(workspace: string): string[] {
  const folder = join(root, workspace, "node_modules");
  return existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
}

describe("the closure", () => {
  const nested: LockFile = {
    packages: {
      bridge: { name: "@x/bridge", dependencies: { a: "1" } },
      "node_modules/a": { version: "1.0.0", dependencies: { b: "1", "@x/beam": "1" } },
      "node_modules/a/node_modules/b": { version: "1.0.0", dependencies: { c: "1" } },
      "node_modules/b": { version: "2.0.0", dependencies: { "not-reached": "1" } },
      "node_modules/c": { version: "1.0.0", peerDependencies: { absent: "1" } },
      "node_modules/@x/beam": { link: true, resolved: "beam" },
      beam: { name: "@x/beam", dependencies: { "apache-beam": "2" } },
      "node_modules/apache-beam": { version: "2.49.0" },
    },
  };

  it("includes nested packages and links to workspaces", () => {
    expect([...closure(nested, "bridge")].sort()).toEqual([
      "@x/beam",
      "@x/bridge",
      "a",
      "apache-beam",
      "b",
      "c",
    ]);
  });

  it("includes every version of a package", () => {
    expect(versionsOf(nested, "b")).toEqual(["1.0.0", "2.0.0"]);
  });
});

describe("the order of versions", () => {
  it.each([
    ["7.5.5", true],
    ["7.10.0", true],
    ["8.0.0", true],
    ["7.5.4", false],
    ["6.11.4", false],
    ["7.5.5-beta", false],
  ])("%s is at least 7.5.5: %s", (version, expected) => {
    expect(isAtLeast(version, "7.5.5")).toBe(expected);
  });
});
