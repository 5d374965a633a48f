/** The parts of `npm run pack`; `pack.long.test.ts` makes a bundle and uses it. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { bundleFiles } from "../../infra/bundle/files.js";
import { optionsOf } from "../../infra/bundle/pack.js";
import { packagesOf, pageFolders, readLock, runtimeFolders } from "../../infra/bundle/packages.js";
import { cycloneDx, npmComponent } from "../../infra/bundle/sbom.js";
import { paxRecord, writeTarGz } from "../../infra/bundle/tar.js";
import { root } from "../../infra/bootstrap.js";
import { scratchFolder } from "../helpers/scratch.js";
import { relativeLinks } from "./readme.js";

const scratch = scratchFolder();
const lock = readLock(root);

describe("the archive", () => {
  const long = `${"folder/".repeat(30)}é.txt`;
  const files = [
    { path: "a/run.sh", content: Buffer.from("#!/bin/sh\n"), executable: true },
    { path: long, content: Buffer.alloc(1000, "x"), executable: false },
    { path: "empty", content: Buffer.alloc(0), executable: false },
  ];

  it("can be unpacked by tar, with permissions, times and long names", async () => {
    const archive = join(scratch.path, "one.tar.gz");
    await writeTarGz(archive, files, 1_700_000_000);
    const target = scratch.folder("unpacked");
    execFileSync("tar", ["-xzf", archive, "-C", target]);
    expect(readFileSync(join(target, long))).toEqual(files[1]?.content);
    const options = { encoding: "utf8", env: { ...process.env, TZ: "UTC", LC_ALL: "C.UTF-8" } } as const;
    const listed = execFileSync("tar", ["--full-time", "--numeric-owner", "-tvzf", archive], options);
    expect(listed.split("\n")[0]).toMatch(/^-rwxr-xr-x 0\/0 +10 2023-11-14 22:13:20 a\/run\.sh$/);
    expect(listed).toContain("empty");
  });

  it("depends only on its files", async () => {
    const [first, second] = ["one.tar.gz", "two.tar.gz"].map((name) => join(scratch.path, name)) as [
      string,
      string,
    ];
    await writeTarGz(first, files, 5);
    await writeTarGz(second, files, 5);
    expect(readFileSync(second).equals(readFileSync(first))).toBe(true);
  });

  it.each([
    ["path", "a", "9 path=a\n"],
    ["path", "x".repeat(90), `99 path=${"x".repeat(90)}\n`],
    ["path", "x".repeat(91), `101 path=${"x".repeat(91)}\n`],
  ])("has pax records whose length includes the length field (%s)", (key, value, expected) => {
    const record = paxRecord(key, value);
    expect(record).toBe(expected);
    expect(parseInt(record)).toBe(record.length);
  });
});

it("the documents of a bundle link only to files in it, and have their pictures", () => {
  const files = new Map(bundleFiles(root, []).map(({ path, content }) => [path, content]));
  const documents = [...files].filter(([path]) => path.endsWith(".md"));
  const targets = documents.flatMap(([path, content]) =>
    relativeLinks(content.toString())
      .filter((link) => !link.startsWith("#"))
      .map((link) => join(dirname(path), link.split("#")[0]!)),
  );
  expect(targets).toContain("dashboard/guide.md");
  expect(targets).toContain("dashboard/screenshots/phone.png");
  expect(targets.filter((target) => !files.has(target))).toEqual([]);
  const readMe = files.get("README.md")!.toString();
  expect(readMe).toContain("| Decision records ");
  expect(readMe).not.toContain("(infra/decisions");
});

describe("the packages of a bundle", () => {
  const runtime = packagesOf(lock, runtimeFolders);

  it("are the direct and indirect dependencies of the code", () => {
    for (const name of ["kafkajs", "socket.io", "apache-beam", "@grpc/grpc-js", "ajv", "sirv"])
      expect(runtime).toContain(`node_modules/${name}`);
    expect(runtime).toContain("node_modules/engine.io");
  });

  it("include no compiler, test tool or package of the page", () => {
    for (const name of ["typescript", "ttypescript", "vite", "vitest", "eslint", "vue", "testcontainers"])
      expect(runtime).not.toContain(`node_modules/${name}`);
  });

  it("include a nested version instead of the top-level one", () => {
    const packages = {
      "": { dependencies: { a: "1" } },
      "node_modules/a": {
        dependencies: { b: "1" },
        peerDependencies: { c: "1", d: "1" },
        peerDependenciesMeta: { d: { optional: true } },
      },
      "node_modules/a/node_modules/b": { dependencies: { c: "1" } },
      "node_modules/b": {},
      "node_modules/c": {},
      "node_modules/d": {},
    };
    const expected = ["node_modules/a", "node_modules/a/node_modules/b", "node_modules/c"];
    expect(packagesOf({ packages }, [""])).toEqual(expected);
  });

  it("each have a licence in the list of contents", () => {
    const places = [...runtime, ...packagesOf(lock, pageFolders)];
    const components = places.map((place) => npmComponent(root, lock, place, "page"));
    const project = { name: "muonitor", version: "1.0.0", license: "Apache-2.0", description: "" };
    const list = cycloneDx(project, components, { seconds: 0, serial: "0123456789abcdef".repeat(4) });
    expect(list.components.filter(({ licenses }) => licenses.length === 0)).toEqual([]);
    expect(list.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    for (const name of ["vue", "kafkajs"]) expect(list.components.map((one) => one.name)).toContain(name);
  });
});

describe("the options of npm run pack", () => {
  it("name a folder and sets of jars", () => {
    expect(optionsOf(["--output", "/x/y", "--jars", "kafka,beam-flink"])).toEqual({
      folder: "/x/y",
      jars: ["kafka", "beam-flink"],
    });
  });

  it.each([[["--output"]], [["--what", "x"]], [["--jars", "kafka,nonsense"]], [["x", "y"]]])(
    "%j are refused",
    (args) => {
      expect(() => optionsOf(args)).toThrow(/npm run pack|nonsense/);
    },
  );
});
