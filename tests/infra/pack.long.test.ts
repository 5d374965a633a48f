/** A release bundle, made here and used as on a machine that has only Node. */
import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { buildWithPage } from "../helpers/build.js";
import { scratchFolder } from "../helpers/scratch.js";

const run = promisify(execFile);
const scratch = scratchFolder();
const polling = { timeout: 60_000, interval: 100 };
const rows = join(root, "tests/golden/examples/few-rows.txt");

describe("a release bundle", () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const name = `muonitor-${version}`;
  const folder = join(scratch.path, "machine", name);
  /** PATH with Node as the only program. */
  const env = { PATH: join(scratch.path, "bin"), HOME: scratch.path };
  const pack = async (target: string): Promise<string> => {
    const args = [join(root, "infra/pack.js"), "--output", join(scratch.path, target)];
    return (await run(process.execPath, args)).stdout.trim();
  };
  const muonitor = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    run(join(env.PATH, "node"), [join(folder, "bin/muonitor"), ...args], {
      env,
      cwd: folder,
      maxBuffer: 1 << 26,
    });

  beforeAll(async () => {
    await buildWithPage();
    const archive = await pack("first");
    for (const made of ["bin", "machine"]) mkdirSync(join(scratch.path, made));
    symlinkSync(process.execPath, join(env.PATH, "node"));
    execFileSync("tar", ["-xzf", archive, "-C", join(scratch.path, "machine")]);
  });

  it("is identical byte for byte when it is made again", async () => {
    const [first, second] = [join(scratch.path, "first"), join(scratch.path, "second")];
    await pack("second");
    const sums = readFileSync(join(second, "SHA256SUMS"), "utf8");
    expect(sums).toBe(readFileSync(join(first, "SHA256SUMS"), "utf8"));
    execFileSync("sha256sum", ["--quiet", "-c", "SHA256SUMS"], { cwd: second });
  });

  it("has a correct checksum for every file", () => {
    execFileSync("sha256sum", ["--quiet", "-c", "SHA256SUMS"], { cwd: folder });
    const files = execFileSync("find", [".", "-type", "f"], { cwd: folder, encoding: "utf8" }).trim();
    const listed = readFileSync(join(folder, "SHA256SUMS"), "utf8").trim();
    expect(files.split("\n").length).toBe(listed.split("\n").length + 1);
    for (const name of ["typescript", "vite", "vitest"]) expect(files).not.toContain(`node_modules/${name}/`);
  });

  it("gives the same windows as the clone", async () => {
    const args = ["process", "--input", rows, "--output", "-"];
    const ofClone = await run(process.execPath, [join(root, "infra/muonitor.js"), ...args], {
      maxBuffer: 1 << 26,
    });
    const windows = (text: string): string[] =>
      text
        .replaceAll(/"emitted_ms":\d+/g, "")
        .trim()
        .split("\n");
    const ofBundle = windows((await muonitor(...args)).stdout);
    // Compared without a diff, because the texts are long.
    expect(ofBundle.map((line, i) => line === windows(ofClone.stdout)[i])).toEqual(ofBundle.map(() => true));
    expect(ofBundle.length).toBe(3);
  });

  it("prints the help of every verb", async () => {
    const { stdout } = await muonitor("--help");
    const verbs = [...stdout.slice(stdout.indexOf("Commands:")).matchAll(/^ {2}([a-z]+) /gm)];
    expect(verbs.length).toBeGreaterThan(20);
    for (const [, verb = ""] of verbs.slice(0, 5))
      expect((await muonitor(verb, "--help")).stdout).toContain(verb);
  });

  it("does not ask for what only the tests of a clone need", async () => {
    const { stdout } = await muonitor("doctor");
    expect(stdout).toContain("ready for --runner embedded");
    expect(stdout).not.toContain("Chromium");
  });

  it("serves the page with simulated data, and ends by Ctrl-C", async () => {
    const child = spawn(join(env.PATH, "node"), ["bin/muonitor", "up", "--port", "0"], { env, cwd: folder });
    onTestFinished(() => void child.kill("SIGKILL"));
    const ended = new Promise((resolve) => child.once("close", resolve));
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text: Buffer) => (output += text.toString()));
    await expect.poll(() => output, polling).toContain("live at http");
    const address = /live at (http:\S+)/.exec(output)?.[1] ?? "";
    expect(await (await fetch(address)).text()).toContain("<title>");
    const ready = async (): Promise<number> => (await fetch(new URL("readyz", address))).status;
    await expect.poll(ready, polling).toBe(200);
    child.kill("SIGINT");
    expect(await ended).toBe(0);
  });
});
