/** Archives of the classes of a JVM, with a Java that only writes the files. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ClassArchive } from "../../runners/services/class-archive.js";
import { temporaryState } from "./with-java.js";

/** Writes its arguments to the archive, like `java -Xshare:dump`, and ends with this code. */
const fakeJava = (code: number): string => `#!/bin/sh
for arg; do case $arg in -XX:SharedArchiveFile=*) out=\${arg#*=};; esac; done
echo "$*" > "$out"; exit ${code}`;

interface Made {
  archive: ClassArchive;
  recorded: string;
  archives: string;
  java: string;
  /** An archive of another class path. */
  other: () => ClassArchive;
}

function made({ code = 0 } = {}): Made {
  const folder = temporaryState();
  const java = join(folder, "java");
  writeFileSync(java, fakeJava(code), { mode: 0o700 });
  const place = { java, classPath: ["a.jar", "jars/*"], archives: join(folder, "archives") };
  const recorded = join(folder, "main.classes");
  const archiveOf = (where: typeof place): ClassArchive => {
    const archive = ClassArchive.of("Main", where, recorded);
    if (archive === undefined) throw new Error("no archive");
    return archive;
  };
  return {
    ...{ archive: archiveOf(place), recorded, java, archives: place.archives },
    other: () => archiveOf({ ...place, classPath: ["b.jar"] }),
  };
}

/** A run of a JVM that records its classes. */
function recordWith({ archive, recorded }: Made): void {
  expect(archive.flags).toContain(`-XX:DumpLoadedClassList=${recorded}`);
  writeFileSync(recorded, "java/lang/Object\n@lambda-proxy java/lang/Object\njava/la");
  archive.keepRecord();
}

/** Path of the archive that is being made, when only its classes are known. */
function draftIn({ archives }: Made): string {
  const [classes = ""] = readdirSync(archives);
  return join(archives, classes.replace(/classes$/, "jsa.draft"));
}

it("the first run records the classes, the second makes the archive, the third uses it", async () => {
  const one = made();
  recordWith(one);
  expect(one.archive.flags).toEqual([]);
  const [classes = ""] = readdirSync(one.archives);
  // Without lambdas, and without the incomplete last line of a JVM that was killed.
  expect(readFileSync(join(one.archives, classes), "utf8")).toBe("java/lang/Object\n");
  await one.archive.make();
  const [path = ""] = readdirSync(one.archives).filter((name) => name.endsWith(".jsa"));
  expect(readFileSync(join(one.archives, path), "utf8")).toMatch(
    /^-Xshare:dump -XX:SharedClassListFile=.*\/Main-.*\.classes .* -cp a\.jar:jars\/\*\n$/,
  );
  expect(one.archive.flags).toContain(`-XX:SharedArchiveFile=${join(one.archives, path)}`);
  expect(one.archive.useFlags).toEqual(one.archive.flags);
  expect(existsSync(one.recorded)).toBe(false);
});

it("an archive belongs to one Java and one class path", async () => {
  const one = made();
  recordWith(one);
  await one.archive.make();
  expect(one.other().useFlags).toEqual([]);
  expect(one.other().flags).toContain(`-XX:DumpLoadedClassList=${one.recorded}`);
});

it("nothing is made without a record, and a failure is not repeated", async () => {
  const one = made({ code: 1 });
  await one.archive.make();
  expect(existsSync(one.archives)).toBe(false);
  recordWith(one);
  await one.archive.make();
  expect(one.archive.flags).toEqual([]);
  writeFileSync(one.java, fakeJava(0));
  await one.archive.make();
  expect(one.archive.flags).toEqual([]);
  expect(readdirSync(one.archives).filter((name) => name.includes("draft"))).toEqual([]);
});

it("only one process at a time makes the archive; the draft of a killed process does not remain", async () => {
  const one = made();
  recordWith(one);
  const draft = draftIn(one);
  writeFileSync(draft, "");
  await one.archive.make();
  expect(one.archive.useFlags).toEqual([]);
  const longAgo = Date.now() / 1000 - 3600;
  utimesSync(draft, longAgo, longAgo);
  await one.archive.make();
  expect(one.archive.useFlags).not.toEqual([]);
  expect(existsSync(draft)).toBe(false);
});

it("a folder that cannot be written and a Java that cannot run cause no failure", async () => {
  const one = made();
  writeFileSync(one.archives, "a file");
  writeFileSync(one.recorded, "java/lang/Object");
  one.archive.keepRecord();
  expect(one.archive.flags).toContain(`-XX:DumpLoadedClassList=${one.recorded}`);
  expect(one.archive.useFlags).toEqual([]);
  const two = made();
  recordWith(two);
  rmSync(two.java);
  await two.archive.make();
  expect(two.archive.flags).toEqual([]);
  const three = made();
  recordWith(three);
  const draft = draftIn(three);
  mkdirSync(draft);
  utimesSync(draft, 0, 0);
  await three.archive.make();
  expect(three.archive.flags).toEqual([]);
});

it("a read-only installation has none", () => {
  expect(
    ClassArchive.of("Main", { java: process.execPath, classPath: [], archives: null }, ""),
  ).toBeUndefined();
});
