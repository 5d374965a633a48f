import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { benchName } from "../../infra/bootstrap/benches.js";
import { runQuietly } from "../../infra/bootstrap/child.js";
import { BootstrapFailure, notWritable } from "../../infra/bootstrap/failure.js";
import { fits, npmReason } from "../../infra/bootstrap/install.js";
import { closingLine, failureLines, tallyOf } from "../../infra/bootstrap/tests.js";
import type { Results } from "../../infra/bootstrap/results.js";
import { needsPage, root } from "../../infra/bootstrap.js";
import { minimumNode, nodeProblem } from "../../infra/node-version.js";

describe("the version of Node", () => {
  it.each(["20.19.0", "20.20.2", "22.0.0", "100.1.0"])("%s is accepted", (version) => {
    expect(nodeProblem(version)).toBe("");
  });

  it.each(["14.0.0", "18.20.4", "20.18.9", "20.2.0"])("%s is rejected", (version) => {
    expect(nodeProblem(version)).toBe(`muonitor: needs Node 20.19 or newer; this is Node ${version}`);
  });

  it("is the one required by package.json", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(manifest.engines.node).toBe(`>=${minimumNode}`);
  });

  it("is checked before anything else is loaded, in syntax that Node 14 can parse", () => {
    for (const entry of ["start", "muonitor", "test", "bench", "build"]) {
      const source = readFileSync(join(root, `infra/${entry}.js`), "utf8");
      expect(source.match(/^import .*$/gm)).toEqual([`import { refuseOldNode } from "./node-version.js";`]);
      expect(source).not.toMatch(/\bawait\b|\?\.|\?\?/);
    }
  });
});

describe("the installation by npm", () => {
  const wanted = { packages: { "": {}, producer: {}, "node_modules/a": { version: "1.0.0" } } };

  it("is valid if every package exists in its version", () => {
    expect(
      fits(wanted, { packages: { "node_modules/a": { version: "1.0.0" } } }, "linux", "everything"),
    ).toBe(true);
  });

  it("is invalid if a package is missing or has another version", () => {
    expect(
      fits(wanted, { packages: { "node_modules/a": { version: "1.0.1" } } }, "linux", "everything"),
    ).toBe(false);
    expect(fits(wanted, { packages: {} }, "linux", "everything")).toBe(false);
  });

  it("may lack optional packages, but must not have those of another platform", () => {
    const optional = { packages: { "node_modules/n": { version: "1.0.0", optional: true, os: ["darwin"] } } };
    expect(fits(optional, { packages: {} }, "linux", "everything")).toBe(true);
    expect(fits(optional, optional, "linux", "everything")).toBe(false);
    expect(fits(optional, optional, "darwin", "everything")).toBe(true);
  });

  it("may lack the tools for tests if it is only needed to run", () => {
    const tool = { packages: { "node_modules/t": { version: "1.0.0", dev: true } } };
    expect(fits(tool, { packages: {} }, "linux", "runtime")).toBe(true);
    expect(fits(tool, { packages: {} }, "linux", "everything")).toBe(false);
  });

  it("gives a reason if it fails", () => {
    expect(npmReason("npm error code ENOSPC\nnpm error syscall write\nnpm error nospc no space left")).toBe(
      "ENOSPC, nospc no space left",
    );
    expect(npmReason("")).toBe("no reason given");
  });
});

describe("a refused write", () => {
  it("gives one clear line", () => {
    const refused = Object.assign(new Error("long"), { code: "EROFS", path: "/repo/.muonitor" });
    const shown = notWritable(refused, "these steps are due: x");
    expect(shown).toBeInstanceOf(BootstrapFailure);
    expect(shown).toHaveProperty(
      "message",
      "cannot write /repo/.muonitor (EROFS), but these steps are due: x",
    );
  });

  it("is the only error that is changed", () => {
    const bug = new TypeError("a bug");
    expect(notWritable(bug, "x")).toBe(bug);
  });
});

describe("the closing line of the tests", () => {
  const three = { passed: 3, skipped: 0, failed: [] };
  const line = (results: Results | undefined, code: number): string => closingLine(tallyOf(results, code));

  it("counts", () => {
    const failed = [{ name: "rows are counted", reason: "" }];
    expect(line({ a: three }, 0)).toBe("3 passed, 0 failed");
    expect(line({ a: three, b: { passed: 1, skipped: 2, failed } }, 1)).toBe("4 passed, 1 failed, 2 skipped");
  });

  it("counts a file without an end as skipped", () => {
    expect(line({ a: three, b: null }, 0)).toBe("3 passed, 0 failed, 1 skipped");
  });

  it("does not hide another reason of failure", () => {
    expect(line({ a: three }, 1)).toBe("3 passed, 1 failed");
    expect(line({ a: three, b: null }, 1)).toBe("3 passed, 1 failed, 1 skipped");
    expect(line(undefined, 1)).toBe("0 passed, 1 failed");
  });

  it("reports each failure with its cause in one line", () => {
    const waiting = "\u001b[31mError: 2\nCall log:\n  - waiting for a button\n    at";
    const results = {
      [join(root, "tests/a.test.ts")]: {
        ...three,
        failed: [{ name: "", reason: "no such module\nat a.test.ts" }],
      },
      [join(root, "tests/b.test.ts")]: {
        ...three,
        failed: [
          { name: "rows are counted", reason: waiting },
          { name: "rows are counted", reason: "" },
        ],
      },
      [join(root, "tests/c.test.ts")]: three,
      [join(root, "tests/d.test.ts")]: null,
    };
    expect(failureLines(results)).toEqual([
      "FAILED tests/a.test.ts: no such module",
      "FAILED tests/b.test.ts: rows are counted: Error: 2 Call log: - waiting for a button",
      "FAILED tests/b.test.ts: rows are counted: no reason given",
    ]);
    expect(failureLines(undefined)).toEqual([]);
  });
});

describe("the time limit of the tests", () => {
  it("starts no file after it, and reports this", async () => {
    const args = [
      "node_modules/vitest/vitest.mjs",
      "run",
      "--config=tests/vitest.config.ts",
      "tests/infra/rooms",
    ];
    const { code, output } = await runQuietly(process.execPath, args, {
      cwd: root,
      env: { ...process.env, MUONITOR_TESTS_END: "1", NO_COLOR: "1" },
      signal: AbortSignal.timeout(60_000),
    });
    expect(output).toContain("NOT STARTED tests/infra/rooms.test.ts: the time limit has passed");
    expect(output).toMatch(/Tests\s+1 skipped \(1\)/);
    expect(code).toBe(0);
  });
});

describe("the name of a bench", () => {
  it("is the first argument, else main", () => {
    expect(benchName([])).toEqual(["main", []]);
    expect(benchName(["--rate", "5000"])).toEqual(["main", ["--rate", "5000"]]);
    expect(benchName(["flink", "--rate", "5000"])).toEqual(["flink", ["--rate", "5000"]]);
  });
});

describe("the page is built", () => {
  it.each([
    [["up"], true],
    [["run", "--config", "localhost"], true],
    [["bridge", "--port", "0"], true],
    [["beat"], false],
    [["process", "--input", "run"], false],
    [["topics", "create", "up"], false],
    [["config", "show", "up"], false],
    [[], false],
  ])("for %j: %s", (args, needed) => {
    expect(needsPage(args)).toBe(needed);
  });
});
