import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { findJava, javaForKafkaAndFlink, javaForSpark, majorVersion } from "../../runners/services/java.js";
import { mavenReason, provideJars } from "../../runners/services/maven.js";
import { environmentOf } from "../../runners/services/options.js";
import { polling } from "../helpers/polling.js";
import { temporaryState } from "./with-java.js";

/** Folder with one program, a shell script; it is the whole PATH, apart from the shell's own. */
function folderWith(parent: string, name: string, script: string): string {
  const folder = join(parent, "bin");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return folder;
}

const printing = (version: string): string => `echo 'openjdk version "${version}" 2025-04-15' >&2`;

describe("the search for Java", () => {
  it("finds the Java on PATH", async () => {
    const folder = folderWith(temporaryState(), "java", printing("21.0.2"));
    expect(await findJava({ PATH: folder })).toBe(join(folder, "java"));
  });

  it("prefers the Java of JAVA_HOME", async () => {
    const home = temporaryState();
    folderWith(home, "java", printing("17"));
    expect(await findJava({ PATH: "", JAVA_HOME: home })).toBe(join(home, "bin", "java"));
  });

  it.each([
    ["is missing", "", "", "java is not on PATH"],
    ["is too old", "java", printing("11.0.22"), "found 11 at FOLDER/java"],
    ["does not run", "java", "exit 1", "FOLDER/java does not run"],
  ])("reports in one line that it %s", async (_, name, script, found) => {
    const folder = name === "" ? "" : folderWith(temporaryState(), name, script);
    await expect(findJava({ PATH: folder }, javaForKafkaAndFlink, [])).rejects.toThrow(
      `Kafka and Flink need Java 17 or newer; ${found.replace("FOLDER", folder)}; set JAVA_HOME, or install Java: ` +
        "apt-get install default-jre-headless (Debian) or brew install openjdk (macOS)",
    );
  });

  it.each([
    ["17.0.15", true],
    ["21.0.8", true],
    ["23.0.1", false],
    ["25.0.2", false],
    ["11.0.2", false],
  ])("reports whether Spark runs on Java %s", async (version, fits) => {
    const home = temporaryState();
    folderWith(home, "java", printing(version));
    const java = join(home, "bin", "java");
    const search = findJava({ JAVA_HOME: home }, javaForSpark, []);
    if (fits) await expect(search).resolves.toBe(java);
    else
      await expect(search).rejects.toThrow(
        `Spark 3.5 needs Java 17 or 21; found ${parseInt(version)} at ${java}; set JAVA_HOME, or install Java`,
      );
  });

  it("suggests a suitable Java of this machine if the chosen one is not suitable", async () => {
    const [chosen, others] = [temporaryState(), temporaryState()];
    folderWith(chosen, "java", printing("25"));
    folderWith(join(others, "a-java-11"), "java", printing("11.0.2"));
    folderWith(join(others, "b-broken"), "java", "exit 1");
    folderWith(join(others, "c-java-21", "Contents", "Home"), "java", printing("21.0.2"));
    await expect(findJava({ JAVA_HOME: chosen }, javaForSpark, ["/absent", others])).rejects.toThrow(
      `found 25 at ${chosen}/bin/java; set JAVA_HOME, for example to ${others}/c-java-21/Contents/Home, which is Java 21`,
    );
  });

  it.each([
    [`java version "1.8.0_402"`, 8],
    [`openjdk version "17.0.15" 2025-04-15`, 17],
    [`openjdk version "22-ea" 2024-03-19`, 22],
    ["No Java runtime present, requesting install.", null],
  ])("reads %s", (printed, version) => {
    expect(majorVersion(printed)).toBe(version);
  });
});

it.each(["a:b", "a,b"])("the Java services refuse a state folder %s in one line", async (name) => {
  const parent = temporaryState();
  const jarsFolder = join(parent, "jars");
  const env = { PATH: `${folderWith(parent, "java", printing("17"))}:/usr/bin:/bin` };
  folderWith(parent, "mvn", maven);
  const around = environmentOf({ stateFolder: join(parent, name), jarsFolder, env }, "kafka", "kafka");
  await expect(around).rejects.toThrow(
    `${join(parent, name, "kafka")}: the Java services cannot use a folder with ":" or "," in its path`,
  );
});

/** A fake Maven that records its calls and creates one jar after a short time. */
const maven = `for arg; do case $arg in -DoutputDirectory=*) out=\${arg#*=};; esac; done
    echo called >> "$(dirname "$0")/calls"; sleep 0.2; mkdir -p "$out"; : > "$out/a.jar"`;

describe("the jars", () => {
  /** A program that writes files until it gets a signal to end, and then writes one more file. */
  const slowMaven = `for arg; do case $arg in -DoutputDirectory=*) out=\${arg#*=};; esac; done
    trap 'kill $!; mkdir -p "$out"; : > "$out/last.jar"; exit 1' TERM
    echo called >> "$(dirname "$0")/calls"; sleep 60 & wait $!`;
  const systemPath = "/usr/bin:/bin";

  it("are fetched once, with a line before and a line after", async () => {
    const parent = temporaryState();
    const folder = folderWith(parent, "mvn", maven);
    const lines: string[] = [];
    const options = {
      jarsFolder: join(parent, "jars"),
      env: { PATH: `${folder}:${systemPath}` },
      log: (line: string) => lines.push(line),
    };
    const [first, second] = await Promise.all([provideJars("kafka", options), provideJars("kafka", options)]);
    expect(second).toBe(first);
    expect(await provideJars("kafka", options)).toBe(first);
    expect(lines).toEqual([
      "fetching the jars of kafka with Maven, once",
      expect.stringMatching(/^1 jars of kafka are ready after \d+\.\d s$/),
    ]);
  });

  it("need Maven, which is reported in one line if missing", async () => {
    const jars = provideJars("kafka", { jarsFolder: temporaryState(), env: { PATH: "" } });
    await expect(jars).rejects.toThrow(/fetched by Maven, but mvn is not on PATH: .*apt-get.*brew/);
  });

  it.each(["before Maven runs", "while Maven runs"])("leave nothing behind when aborted %s", async (when) => {
    const parent = temporaryState();
    const folder = folderWith(parent, "mvn", slowMaven);
    const jarsFolder = join(parent, "jars");
    const given = new AbortController();
    const reason = new Error("given up");
    if (when === "before Maven runs") given.abort(reason);
    const options = { jarsFolder, env: { PATH: `${folder}:${systemPath}` }, signal: given.signal };
    const jars = provideJars("kafka", options);
    const refused = expect(jars).rejects.toBe(reason);
    if (!given.signal.aborted) {
      await vi.waitFor(() => expect(existsSync(join(folder, "calls"))).toBe(true), polling);
      given.abort(reason);
    }
    await refused;
    expect(readdirSync(jarsFolder)).toEqual([]);
  });

  it("report in one line why Maven failed, and are fetched again", async () => {
    const parent = temporaryState();
    const path = `${folderWith(parent, "mvn", "echo '[ERROR] no network'; exit 1")}:${systemPath}`;
    const options = { jarsFolder: join(parent, "jars"), env: { PATH: path } };
    await expect(provideJars("kafka", options)).rejects.toThrow("Maven failed: no network");
    folderWith(parent, "mvn", maven);
    await expect(provideJars("kafka", options)).resolves.toContain("kafka-");
  });

  it("cannot be fetched for a reason that is reported without colour codes", () => {
    expect(mavenReason("[\u001b[1;31mERROR\u001b[m] Failed")).toBe("Failed");
  });
});
