/** What `--input` of up and produce finds. */
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import type { StreamInput } from "../../producer/index.js";
import { findSourceInputs } from "../../runners/cli/source-inputs.js";
import { scratchFolder } from "../helpers/scratch.js";
import { contextOf } from "./run-cli.js";

const scratch = scratchFolder();

async function inputsOf(name: string): Promise<StreamInput[]> {
  const options = { s3PathStyle: "auto", s3Anonymous: false } as const;
  return (await findSourceInputs([name], options, contextOf({ folder: scratch.path }))).inputs;
}

it("tells the size and the state of every file, of an empty one too", async () => {
  scratch.write("rows/a.txt", "2,0,1,1,1,1\n");
  scratch.write("rows/b.txt", "");
  const found = await inputsOf("rows");
  expect(found.map(({ size, version }) => [size, typeof version])).toEqual([
    [12, "string"],
    [0, "string"],
  ]);
});

it("tells neither of a pipe: what was read of it does not come again", async () => {
  execFileSync("mkfifo", [`${scratch.path}/pipe`]);
  const [pipe] = await inputsOf("pipe");
  expect(pipe).not.toHaveProperty("version");
  expect(pipe).not.toHaveProperty("size");
});
