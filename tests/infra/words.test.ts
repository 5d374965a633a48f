import { describe, expect, it } from "vitest";
import { findingsIn, isAllowed } from "../../infra/words.js";
import { allowed } from "../../infra/words/list.js";
import { textsOf } from "../../infra/words/texts.js";
import { readProjectFile } from "./project-files.js";

const wordsIn = (path: string, content: string): string[] =>
  findingsIn(path, content).map(({ line, found }) => `${line} ${found}`);

describe("the check of words", () => {
  it.each([
    ["// The row is told.", "1 told"],
    ["/** Skipped,\n * with a\n * word. */", "2 with a word"],
    ["const message = `topic ${name} is there already`;", "1 is there"],
    ['const note = "a file that is spoilt";', "1 spoilt"],
    ["let a = 1; // What is kept of it.", "1 What is"],
  ])("finds %j", (code, found) => {
    expect(wordsIn("a.ts", code)).toContain(found);
  });

  it.each([
    "// There is one retry.",
    "// As long as the lock is held.",
    "const told = say(tell);",
    'import { say } from "./say.js";',
    "const pattern = /so many/;",
    'const address = "http://localhost"; const told = 1;',
    "const url = `http://${told}/`; // A comment.",
    "// Which rows are rejected?",
    '// "What is a hit?" is a question.',
  ])("accepts %j", (code) => {
    expect(wordsIn("a.ts", code)).toEqual([]);
  });

  it("checks the whole text of documents", () => {
    expect(wordsIn("a.md", "# Rows\n\nThe count is\nsaid.")).toEqual(["4 said"]);
  });

  it("checks the script and the template of a component", () => {
    const component =
      '<script setup lang="ts">\n// Told.\nconst told = 1;\n</script>\n<template>so many</template>';
    expect(wordsIn("a.vue", component)).toEqual(["2 Told", "5 so many"]);
  });

  it("separates comments from strings", () => {
    expect(textsOf("a.ts", 'const a = "one two"; // three')).toEqual([
      { line: 1, text: '"one two"' },
      { line: 1, text: "// three" },
    ]);
  });
});

describe("the exceptions", () => {
  it("allow only existing findings, each with a reason", () => {
    for (const entry of allowed) {
      expect(entry.reason).not.toBe("");
      const found = findingsIn(entry.path, readProjectFile(entry.path), []);
      expect(found.some((finding) => isAllowed(entry, finding))).toBe(true);
    }
  });
});
