/** The guides for people who change the code: files and functions that they name exist. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { readProjectFile } from "./project-files.js";

const guides = ["CONTRIBUTING.md", "infra/decisions/0014-rooms.md"];

/** Paths in backquotes: with a folder, without placeholders. */
function pathsIn(text: string): string[] {
  const quoted = [...text.matchAll(/`([a-z][\w.-]*(?:\/[\w.-]+)+\/?)`/g)].map((match) => match[1] as string);
  return quoted.filter((path) => /^(pipeline|producer|runners|dashboard|infra|tests)\//.test(path));
}

describe.each(guides)("%s", (guide) => {
  it("names files and folders that exist", () => {
    const paths = pathsIn(readProjectFile(guide));
    expect(paths.length).toBeGreaterThan(3);
    const isPresent = (path: string): boolean =>
      [path, `${path}.ts`].some((name) => existsSync(join(root, name)));
    expect(paths.filter((path) => !isPresent(path) && !path.includes("NAME"))).toEqual([]);
  });
});

it("the table that follows one hit names functions that exist in its files", () => {
  const table = [
    ...readProjectFile("CONTRIBUTING.md").matchAll(/^\| [^|]+\| `([^`|]+)` +\| ([^|\n]+) \|$/gm),
  ];
  expect(table.length).toBeGreaterThan(15);
  const missing = table.flatMap(([, path = "", names = ""]) => {
    const text = readProjectFile(path);
    const words = [...names.matchAll(/`([^`]+)`/g)].flatMap(([, name = ""]) =>
      name.includes('"') ? [name] : name.split("."),
    );
    return words.filter((word) => !text.includes(word)).map((word) => `${path}: ${word}`);
  });
  expect(missing).toEqual([]);
});
