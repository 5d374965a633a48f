/** Imports allowed in each room, as reported by lint: the rules of infra/rooms.js alone, applied to files that do not exist. */
import { ESLint } from "eslint";
import vue from "eslint-plugin-vue";
import typescript from "typescript-eslint";
import { describe, expect, it } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { roomRules, rooms } from "../../infra/rooms.js";
import { projectFiles } from "./project-files.js";

const lint = new ESLint({
  cwd: root,
  overrideConfigFile: true,
  overrideConfig: [
    ...(vue.configs["flat/base"] as object[]),
    {
      files: ["**/*.ts", "**/*.vue"],
      languageOptions: { parserOptions: { parser: typescript.parser, extraFileExtensions: [".vue"] } },
      plugins: { "@typescript-eslint": typescript.plugin },
    },
    { files: ["**/*.ts"], languageOptions: { parser: typescript.parser } },
    ...roomRules(),
  ],
});

async function faults(filePath: string, text: string): Promise<string[]> {
  const results = await lint.lintText(text, { filePath });
  return results.flatMap(({ messages }) => messages.map(({ message }) => message));
}

describe("the rooms", () => {
  it.each([
    ["pipeline/model/hit.ts", "../steps/decode.js", "pipeline/model may import no other room"],
    ["pipeline/model/hit.ts", "ajv", "the model may import only typebox"],
    ["pipeline/model/schema/hit.ts", "typebox/value", "the model may import only typebox"],
    ["pipeline/steps/decode.ts", "../beam/pipeline.js", "pipeline/steps may import only pipeline/model;"],
    [
      "pipeline/steps/muons/finder.ts",
      "../../beam/pipeline.js",
      "pipeline/steps may import only pipeline/model;",
    ],
    ["pipeline/steps/decode.ts", "node:fs/promises", "must not do input or output"],
    ["pipeline/steps/decode.ts", "protobufjs/minimal", "may import Beam"],
    ["producer/pace.ts", "../runners/batch/run.js", "producer may import"],
    ["producer/pace.ts", "long", "may import Beam"],
    ["producer/simulator/noise.ts", "node:fs", "must not do input or output"],
    ["producer/simulator/noise.ts", "../s3/store.js", "producer/simulator may import"],
    ["dashboard/bridge/serve.ts", "../../producer/pace.js", "dashboard/bridge may import"],
    ["dashboard/bridge/serve.ts", "../src/main.js", "dashboard/bridge may import"],
    ["dashboard/bridge/quality/judge.ts", "../store/store.js", "dashboard/bridge/quality may import"],
    ["dashboard/bridge/quality/rules/late.ts", "../../store/store.js", "dashboard/bridge/quality may import"],
    ["dashboard/bridge/quality/judge.ts", "node:fs", "must not do input or output"],
    ["dashboard/src/charts/hits.ts", "../../../pipeline/steps/decode.js", "dashboard/src/charts may import"],
    ["dashboard/src/charts/hits.ts", "vue", "charts must not depend on Vue"],
    ["dashboard/src/live/hits.ts", "node:fs", "the page runs in a browser"],
    ["runners/batch/direct/run.ts", "../../cli/parse.js", "runners/batch may import"],
    ["runners/kafka/reader/run.ts", "../../../producer/pace.js", "runners/kafka may import"],
    ["runners/process/lock.ts", "../kafka/admin.js", "runners/process may import"],
    ["runners/services/kafka.ts", "../flink/rest.js", "runners/services may import"],
    ["runners/cli.ts", "apache-beam", "may import Beam"],
    ["runners/flink/beat.ts", "kafkajs", "only runners/kafka may import the Kafka client"],
    ["runners/worker/pool.ts", "apache-beam/worker/worker", "import values of the SDK from"],
    ["runners/cli.ts", "../tests/helpers/kafka.js", "runners may import"],
    ["runners/cli/up.ts", "@muonitor/producer", "by relative path"],
  ])("keep %s from importing %s", async (path, imported, reason) => {
    expect(await faults(path, `import "${imported}";`)).toEqual([expect.stringContaining(reason)]);
    expect(await faults(path, `export const late = await import("${imported}");`)).toHaveLength(
      reason.startsWith("import values") ? 0 : 1,
    );
  });

  it("apply to components too", async () => {
    const component = `<script setup lang="ts">\nimport { main } from "../../runners/cli.js";\nmain();\n</script>`;
    expect(await faults("dashboard/src/App.vue", component)).toEqual([
      expect.stringContaining("dashboard/src may import"),
    ]);
  });

  it("allow types of the SDK without its entry module", async () => {
    const text = `import type { Worker } from "apache-beam/worker/worker";`;
    expect(await faults("runners/worker/pool.ts", text)).toEqual([]);
  });

  it.each([
    ["pipeline/model/hit.ts", "./schema/message.js"],
    ["pipeline/model/schema/hit.ts", "typebox"],
    ["dashboard/src/live/hits.ts", "../../../pipeline/model/schema/message.js"],
    ["dashboard/src/App.vue", "../../pipeline/model/schema/message.js"],
  ])("allow only types of schemas in %s", async (path, imported) => {
    const isComponent = path.endsWith(".vue");
    const of = (text: string): string =>
      isComponent ? `<script setup lang="ts">\n${text}\n</script>` : text;
    expect(await faults(path, of(`import type { A } from "${imported}";`))).toEqual([]);
    expect(await faults(path, of(`import { a } from "${imported}";`))).toEqual([
      expect.stringMatching(/^'.*import only types from (pipeline\/model\/schema here|typebox)/s),
    ]);
  });

  it.each([
    ["pipeline/model/schema/hit.ts", "../detector.js"],
    ["pipeline/steps/validate.ts", "../model/schema/message.js"],
    ["pipeline/steps/decode.ts", "../model/index.js"],
    ["pipeline/steps/muons/finder.ts", "../bytes.js"],
    ["pipeline/beam/sdk.ts", "apache-beam"],
    ["pipeline/beam/submit.ts", "apache-beam/proto/beam_runner_api"],
    ["producer/simulator/noise.ts", "../random.js"],
    ["producer/s3/store.ts", "../replay/inputs.js"],
    ["runners/worker/pool.ts", "@grpc/grpc-js"],
    ["runners/kafka/client/ends.ts", "kafkajs"],
    ["runners/services/java.ts", "../paths.js"],
    ["runners/services/java.ts", "../process/index.js"],
    ["runners/batch/cluster/plan.ts", "../direct/bundles.js"],
    ["runners/cli.ts", "../dashboard/bridge/serve.js"],
    ["runners/cli/up.ts", "../live/live-system.js"],
    ["dashboard/src/App.vue", "vue"],
  ])("let %s import %s", async (path, imported) => {
    const text = `import "${imported}";`;
    const isComponent = path.endsWith(".vue");
    expect(await faults(path, isComponent ? `<script setup lang="ts">\n${text}\n</script>` : text)).toEqual(
      [],
    );
  });

  it("cover all folders of the product", () => {
    const isInRoom = (path: string): boolean =>
      Object.keys(rooms).some((room) => path.startsWith(`${room}/`));
    const sources = projectFiles().filter((path) =>
      /^(pipeline|producer|dashboard\/(src|bridge)|runners)\/.*\.(ts|vue)$/.test(path),
    );
    expect(sources.length).toBeGreaterThan(300);
    expect(sources.filter((path) => !isInRoom(path))).toEqual([]);
    // The rules cover folders down to this depth below a room.
    const depthOf = (path: string): number => {
      const room =
        Object.keys(rooms)
          .sort((a, b) => b.length - a.length)
          .find((one) => path.startsWith(`${one}/`)) ?? "";
      return path.slice(room.length + 1).split("/").length - 1;
    };
    expect(Math.max(...sources.map(depthOf))).toBeLessThanOrEqual(3);
  });

  it("have no cyclic imports", () => {
    const order = Object.keys(rooms);
    const sees = Object.entries(rooms);
    const upwards = sees.flatMap(([room, seen]) =>
      seen
        .filter((one) => order.includes(one) && order.indexOf(one) >= order.indexOf(room))
        .map((one) => `${room} sees ${one}`),
    );
    expect(upwards).toEqual([]);
  });
});
