/** The report of direct dependencies, and the notes that give its reasons. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { javaDependencies, npmDependencies, readNotes, root } from "../../infra/dependencies/direct.js";
import { reportText, tooNewNode } from "../../infra/dependencies/report.js";

const notes = readNotes();

it("every direct dependency has a note, and no other package", () => {
  expect(Object.keys(notes.npm).sort()).toEqual(npmDependencies());
  expect(Object.keys(notes.java).sort()).toEqual([...javaDependencies().keys()]);
});

it("versions are read from poms, including properties", () => {
  const java = javaDependencies();
  expect(java.get("org.apache.kafka:kafka_2.13")).toEqual([
    expect.stringMatching(/^3\.9\.\d+$/),
    expect.stringMatching(/^4\.\d+\.\d+$/),
  ]);
  expect(java.get("org.apache.spark:spark-core_2.12")).toEqual([expect.stringMatching(/^3\.5\.\d+$/)]);
});

it("the committed report lists every direct dependency, none of them outdated", () => {
  const report = readFileSync(join(root, "infra/dependencies.md"), "utf8");
  for (const name of [...npmDependencies(), ...javaDependencies().keys()])
    expect(report).toContain(`| ${name} `);
  expect(report).not.toContain("**no reason");
});

it.each([
  [">= 22.22", "needs Node 22.22"],
  ["^22.12.0 || ^24.0.0 || >=26.0.0", "needs Node 22.12"],
  ["^20.19.0 || >=22.12.0", null],
  [">=14", null],
  ["", null],
])("the range %s is checked for the oldest supported Node", (range, expected) => {
  expect(tooNewNode(range)).toBe(expected);
});

it("the report's table has Prettier's format", () => {
  const row = {
    purpose: "p",
    licence: "MIT",
    installed: "1",
    newest: "2",
    released: "2026-01-02",
    kept: "why",
  };
  const report = reportText([{ name: "a", ...row }], [{ name: "g:b", ...row }], "2026-02-03");
  expect(report).toContain(
    "| a       | p       | MIT     | 1         | 2      | 2026-01-02   | why                        |\n",
  );
});
