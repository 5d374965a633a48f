import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type StubRepository, stubRepository } from "./stub-repository.js";

let repository: StubRepository;
beforeEach(() => {
  repository = stubRepository();
});
afterEach(() => {
  repository.remove();
});

const calledWith = (stdout: string): unknown => JSON.parse(stdout);

describe("a fresh clone", () => {
  it("reports installation and build on stderr; only the command line writes to stdout", async () => {
    const { code, stdout, stderr } = await repository.run("muonitor.js", ["process", "--input", "x"]);
    expect(calledWith(stdout)).toEqual({ args: ["process", "--input", "x"], caller: repository.path });
    expect(code).toBe(7);
    expect(stderr).toMatch(
      /^muonitor: installing packages \(npm ci\) \.\.\. \d+\.\d s\nmuonitor: building the Node part \.\.\. \d+\.\d s\n$/,
    );
  });

  it("builds the page for start, which runs the verb up", async () => {
    const { stdout, stderr } = await repository.run("start.js", ["--port", "0"]);
    expect(calledWith(stdout)).toMatchObject({ args: ["up", "--port", "0"] });
    expect(stderr).toContain("building the page");
  });

  it("compiles TypeScript and copies the other files into the build", async () => {
    await repository.run("build.js");
    expect(readdirSync(join(repository.path, "build/pipeline/model"))).toEqual([
      "message.js",
      "message.js.map",
      "message.schema.json",
    ]);
    const map = readFileSync(join(repository.path, "build/pipeline/model/message.js.map"), "utf8");
    expect(JSON.parse(map)).toMatchObject({ sources: ["../../../pipeline/model/message.ts"] });
  });
});

describe("a second start", () => {
  it("does nothing if nothing changed", async () => {
    await repository.run("start.js");
    expect((await repository.run("start.js")).stderr).toBe("");
  });

  it("rebuilds only the part affected by a change", async () => {
    await repository.run("start.js");
    repository.write("dashboard/src/main.ts", "export const changed = true;");
    const { stderr } = await repository.run("start.js");
    expect(stderr).toContain("building the page");
    expect(stderr).not.toContain("building the Node part");
  });

  it("removes compiled files whose source is gone", async () => {
    repository.write("pipeline/model/old.ts", "export {};");
    await repository.run("build.js");
    expect(existsSync(join(repository.path, "build/pipeline/model/old.js"))).toBe(true);
    rmSync(join(repository.path, "pipeline/model/old.ts"));
    await repository.run("build.js");
    expect(existsSync(join(repository.path, "build/pipeline/model/old.js"))).toBe(false);
    expect(existsSync(join(repository.path, "build/pipeline/model/message.js"))).toBe(true);
  });

  it("installs again if the lock file changed", async () => {
    await repository.run("build.js");
    repository.write("package-lock.json", `{ "packages": { "node_modules/new": { "version": "1.0.0" } } }`);
    expect((await repository.run("build.js")).stderr).toContain("installing packages");
  });

  it("installs again for another platform", async () => {
    await repository.run("build.js");
    const stamp = join(repository.path, "node_modules/.muonitor-stamp");
    const other = readFileSync(stamp, "utf8").replace(`${process.platform}-${process.arch}`, "plan9-mips");
    expect(other).toContain("plan9-mips");
    writeFileSync(stamp, other);
    expect((await repository.run("build.js")).stderr).toContain("installing packages");
  });

  it("waits for the first if both start at the same time", async () => {
    const both = [1, 2].map(() => repository.run("start.js", [], { env: { STUB_NPM_MS: "600" } }));
    const outcomes = await Promise.all(both);
    expect(outcomes.map(({ code }) => code)).toEqual([7, 7]);
    const logged = outcomes.map(({ stderr }) => stderr).join("");
    expect(logged.match(/installing packages/g)).toHaveLength(1);
    expect(logged).toMatch(/waiting for process \d+, which installs or builds/);
  });

  it.each([
    ["died", JSON.stringify({ pid: 2 ** 22 + 1, started: "x 1" })],
    ["died and whose PID was reused", JSON.stringify({ pid: process.pid, started: "x 1" })],
    ["had an earlier version", String(2 ** 22 + 1)],
  ])("takes over the lock of a start that %s", async (_, content) => {
    repository.write(".muonitor/bootstrap.lock", content);
    expect((await repository.run("build.js")).code).toBe(0);
  });
});

describe("the caller's folder", () => {
  const elsewhere = tmpdir();

  it("is the working folder without npm", async () => {
    const { stdout } = await repository.run("muonitor.js", [], {
      cwd: elsewhere,
      env: { INIT_CWD: "/other" },
    });
    expect(calledWith(stdout)).toMatchObject({ caller: elsewhere });
  });

  it("is INIT_CWD if npm runs the script", async () => {
    const env = { INIT_CWD: elsewhere, npm_package_json: join(repository.path, "package.json") };
    const { stdout } = await repository.run("muonitor.js", [], { env });
    expect(calledWith(stdout)).toMatchObject({ caller: elsewhere });
  });

  it("finds the repository through a symbolic link", async () => {
    symlinkSync("muonitor.js", join(repository.path, "infra/linked.js"));
    const { code, stdout, stderr } = await repository.run("linked.js", [], { cwd: elsewhere });
    expect({ code, stderr }).toEqual({ code: 7, stderr: expect.stringContaining("building the Node part") });
    expect(calledWith(stdout)).toMatchObject({ caller: elsewhere });
  });
});

describe("a run of the tests", () => {
  it("that its time limit ends keeps the results of the finished files, and names the others", async () => {
    const results = { "a.test.ts": { passed: 2, skipped: 0, failed: [] }, "b.test.ts": null };
    repository.write(
      "node_modules/vitest/vitest.mjs",
      `import { writeFileSync } from "node:fs";
      writeFileSync("build/test-results.json", ${JSON.stringify(JSON.stringify(results))});
      setInterval(() => undefined, 1000);`,
    );
    await repository.run("muonitor.js");
    const env = { MUONITOR_TESTS_LIMIT: String(Date.now() / 1000 + 8) };
    const { code, stdout } = await repository.run("test.js", [], { env });
    expect(stdout.split("\n").slice(-3)).toEqual([
      expect.stringMatching(/^NOT FINISHED .*b\.test\.ts: the time limit has passed$/),
      "2 passed, 0 failed, 1 skipped",
      "",
    ]);
    expect(code).toBe(0);
  });
});

describe("failures", () => {
  it("of npm show its output and its reason in one line", async () => {
    const npmError =
      "npm error code EAI_AGAIN\nnpm error syscall getaddrinfo\nnpm error request failed, reason: no network";
    const { code, stdout, stderr } = await repository.run("start.js", [], {
      env: { STUB_NPM_ERROR: npmError },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(npmError);
    expect(stderr).toMatch(/muonitor: npm ci failed: EAI_AGAIN, request failed, reason: no network\n$/);
  });

  it("of the build show its output, and the next start builds again", async () => {
    const failed = await repository.run("start.js", [], { env: { STUB_TOOL_ERROR: "1" } });
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr).toMatch(
      /a tool speaks on stdout\nmuonitor: the build failed, see above \(compile.js\)\n$/,
    );
    expect((await repository.run("start.js")).code).toBe(7);
  });

  it("name a bench that does not exist", async () => {
    const { code, stderr } = await repository.run("bench.js", ["nosuch"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/muonitor: unknown benchmark "nosuch": tests\/bench\/nosuch.ts does not exist\n$/);
  });
});

describe("Ctrl-C", () => {
  it("during the installation ends npm, releases the lock and exits with 130", async () => {
    const start = repository.start("start.js", { env: { STUB_NPM_MS: "60000" } });
    let logged = "";
    start.stderr?.on("data", (chunk: Buffer) => (logged += chunk.toString()));
    await once(start.stderr as NodeJS.ReadableStream, "data");
    start.kill("SIGINT");
    expect(await once(start, "exit")).toEqual([130, null]);
    expect(logged).toMatch(/aborted after \d+\.\d s\nmuonitor: interrupted\n$/);
    expect(existsSync(join(repository.path, ".muonitor/bootstrap.lock"))).toBe(false);
    expect((await repository.run("start.js")).code).toBe(7);
  });
});
