/** Unused code is not exported, and code used only by tests is in the folder of tests. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { exportsOf, type Export } from "./export-graph.js";

/** Files loaded by the name of their built files, by Vite or by Vitest. */
const entries = new Set([
  "runners/cli.ts",
  "dashboard/vite.config.ts",
  "tests/global-setup.ts",
  "tests/time-limit.ts",
]);
const rooms = ["pipeline", "producer", "dashboard", "runners", "tests"];

/** Types that the compiler needs in the declarations of other modules. */
const namedByCompiler = new Set(["runners/cli/option.ts: ValueParser"]);

/** Definitions of model and producer that only tests check. */
const checkedByTests = new Set([
  "pipeline/model/draw-fault.ts: drawFault",
  "pipeline/model/fault-text.ts: faultWords",
  "pipeline/model/message.ts: maxMessageBytes",
  "pipeline/model/muons.ts: muonKeyNames",
  "pipeline/model/schema/message-parts.ts: DriftTimes",
  "pipeline/model/schema/reference.ts: referenceJsonSchema",
  "producer/simulated-windows.ts: SimulatedWindows",
]);

const isOfTests = (file: string): boolean => file.startsWith("tests/");
const text = ({ file, name }: Export): string => `${file}: ${name}`;

const files = execFileSync("git", ["ls-files", "--", "*.ts", "*.vue", "*.js"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(root, file)));
const found = exportsOf(root, files).filter(
  ({ file }) => rooms.includes(file.split("/")[0] ?? "") && !entries.has(file),
);

it("every export is imported by another file", () => {
  expect(found.length).toBeGreaterThan(1000);
  const unused = found.filter(({ importers }) => importers.size === 0).map(text);
  expect(unused.filter((export_) => !namedByCompiler.has(export_) && !checkedByTests.has(export_))).toEqual(
    [],
  );
});

it("an export imported only by tests is used in its own file, or is in the folder of tests", () => {
  const forTests = found
    .filter(({ file, isPassedOn, usedInFile }) => !isOfTests(file) && !isPassedOn && !usedInFile)
    .filter(({ importers }) => [...importers].every(isOfTests))
    .map(text);
  expect(forTests.filter((export_) => !checkedByTests.has(export_))).toEqual([]);
});
