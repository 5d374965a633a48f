/** Standard output is for data alone: the SDK, which prints a line per bundle, must not write to it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { buildNodePart, builtUrl } from "../helpers/build.js";

beforeAll(buildNodePart);

const script = `
  const { windowMessagesDirect } = await import(${JSON.stringify(builtUrl("pipeline/beam/index.js"))});
  const { defaultPipelineConfig } = await import(${JSON.stringify(builtUrl("pipeline/steps/index.js"))});
  const record = { key: null, value: Buffer.from("2,0,1,7,5,5"), timestampMs: 0, partition: 0 };
  const messages = await windowMessagesDirect(defaultPipelineConfig, [record]);
  process.stdout.write("data " + messages.length);
`;

it("a run prints nothing itself", async () => {
  const args = ["--input-type=module", "--eval", script];
  expect(await promisify(execFile)(process.execPath, args)).toEqual({ stdout: "data 1", stderr: "" });
});
