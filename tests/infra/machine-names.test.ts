import { describe, expect, it } from "vitest";
import { projectFiles, readProjectFile } from "./project-files.js";

/** Text that ties a file to its author's machine, tools or network. */
const traces: readonly (readonly [string, RegExp])[] = [
  ["a path of somebody's machine", /(?<![\w.$}/-])\/(?:work|root|home|Users)\/[\w.]/],
  ["a session of an assistant", /\b(?:claude|anthropic|openai|chatgpt)\b|\bsession[_-]?id\b/i],
  [
    "a package registry",
    /\b(?:registry\.(?:npmjs\.org|yarnpkg\.com)|repo1?\.maven\.(?:apache\.)?org|pypi\.org)\b/i,
  ],
];

/** Files that must name such things, each with its reason. */
const excepted: Readonly<Record<string, string>> = {
  "tests/infra/machine-names.test.ts": "it lists the forbidden patterns",
};

function tracesIn(text: string): string[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      traces
        .filter(([, trace]) => trace.test(line))
        .map(([name]) => `line ${index + 1} names ${name}: ${line.trim()}`),
    );
}

describe("the project's files", () => {
  it("name no machine paths, no sessions and no registries", () => {
    const found = projectFiles()
      .filter((path) => !(path in excepted))
      .flatMap((path) => tracesIn(readProjectFile(path)).map((trace) => `${path}, ${trace.slice(0, 160)}`));
    expect(found).toEqual([]);
  });

  it("need every listed exception", () => {
    expect(Object.keys(excepted).filter((path) => tracesIn(readProjectFile(path)).length === 0)).toEqual([]);
  });
});

describe("the search", () => {
  it.each([
    `const data = "/home/ann/data.txt";`,
    "cd /work/main",
    "`/root/.npm`",
    "written with Claude",
    "https://registry.npmjs.org/vue",
  ])("finds %s", (line) => {
    expect(tracesIn(line)).toHaveLength(1);
  });

  it.each([
    `import "../work/queue.js";`,
    "https://example.org/home/page",
    "the session of a socket",
    "${dir}/work/x",
  ])("lets %s pass", (line) => {
    expect(tracesIn(line)).toEqual([]);
  });
});
