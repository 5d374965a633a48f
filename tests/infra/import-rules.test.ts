import { describe, expect, it } from "vitest";
import { violations } from "./import-rules.js";
import { importsOf } from "./imports.js";
import { projectFiles, readProjectFile } from "./project-files.js";

const sources = projectFiles().filter((path) =>
  /^(pipeline|producer|dashboard|runners)\/.*\.(ts|vue)$/.test(path),
);

describe("the project", () => {
  it("imports only in the order of its folders", () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(sources.flatMap((path) => violations(path, readProjectFile(path)))).toEqual([]);
  });
});

describe("the reader of imports", () => {
  it.each([
    [`import { a } from "./a.js";`, "./a.js"],
    [`import type { A } from "./a.js";`, "./a.js"],
    [`import "./a.js";`, "./a.js"],
    [`export { a } from "./a.js";`, "./a.js"],
    [`export * from "./a.js";`, "./a.js"],
    [`const a = await import("./a.js");`, "./a.js"],
    [`type A = import("./a.js").A;`, "./a.js"],
    [`import a = require("./a.js");`, "./a.js"],
    [`const a = require("./a.js");`, "./a.js"],
  ])("sees %s", (text, name) => {
    expect(importsOf("x.ts", text)).toEqual([name]);
  });

  it("sees no import in a comment or a string", () => {
    expect(importsOf("x.ts", `// import "./a.js"\nconst a = 'import "./a.js"';`)).toEqual([]);
  });

  it("reads the scripts of a component", () => {
    const component = `<template><p>import</p></template>\n<script setup lang="ts">\nimport "./a.js";\n</script>`;
    expect(importsOf("x.vue", component)).toEqual(["./a.js"]);
  });
});

describe("the rules", () => {
  const fault = (path: string, imported: string): string[] => violations(path, `import "${imported}";`);

  it.each([
    ["pipeline/model/hit.ts", "../steps/decode.js", "model must not import steps"],
    ["pipeline/model/hit.ts", "ajv", "the model imports nothing"],
    ["pipeline/steps/decode.ts", "../beam/pipeline.js", "steps must not import beam"],
    ["pipeline/steps/decode.ts", "node:fs/promises", "steps do no input or output"],
    ["pipeline/steps/decode.ts", "protobufjs/minimal", "Beam is at home"],
    ["producer/pace.ts", "../runners/direct/run.js", "producer must not import runners"],
    ["producer/pace.ts", "long", "Beam is at home"],
    ["dashboard/bridge/serve.ts", "../../producer/pace.js", "bridge must not import producer"],
    ["dashboard/bridge/serve.ts", "../src/main.js", "bridge must not import page"],
    ["dashboard/src/charts/hits.ts", "../../../pipeline/steps/decode.js", "page must not import steps"],
    ["dashboard/src/charts/hits.ts", "node:fs", "the page runs in a browser"],
    ["runners/direct/run.ts", "../cli/main.js", "runners must not import cli"],
    ["runners/direct/run.ts", "../../producer/pace.js", "runners must not import producer"],
    ["runners/process/lock.ts", "../kafka/admin.js", "process must not import runners"],
    ["runners/cli.ts", "apache-beam", "Beam is at home"],
    ["runners/worker/pool.ts", "apache-beam/worker/worker", "values of the SDK come from"],
    ["runners/cli.ts", "../tests/helpers/kafka.js", "belongs to no part of the system"],
    ["runners/cli.ts", "@muonitor/producer", "by relative path"],
  ])("forbid that %s imports %s", (path, imported, reason) => {
    expect(fault(path, imported)).toEqual([expect.stringContaining(reason)]);
  });

  it("allow types of the SDK beside its door", () => {
    const text = `import type { Worker } from "apache-beam/worker/worker";`;
    expect(violations("runners/worker/pool.ts", text)).toEqual([]);
  });

  it("forbid it in a component too", () => {
    const component = `<script setup lang="ts">\nconst a = import("../../runners/cli.js");\n</script>`;
    expect(violations("dashboard/src/App.vue", component)).toEqual([
      expect.stringContaining("page must not import cli"),
    ]);
  });

  it.each([
    ["pipeline/steps/decode.ts", "../model/index.js"],
    ["pipeline/beam/sdk.ts", "apache-beam"],
    ["pipeline/beam/submit.ts", "apache-beam/proto/beam_runner_api"],
    ["runners/worker/harness.ts", "@grpc/grpc-js"],
    ["runners/cli.ts", "../dashboard/bridge/serve.js"],
    ["runners/cli/up.ts", "../embedded/system.js"],
    ["dashboard/src/App.vue", "vue"],
  ])("allow that %s imports %s", (path, imported) => {
    expect(fault(path, imported)).toEqual([]);
  });
});
