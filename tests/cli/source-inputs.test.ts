/** Inputs that `--input` of up and produce finds. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { StreamInput } from "../../producer/index.js";
import { findSourceInputs } from "../../runners/cli/source-inputs.js";
import { scratchFolder } from "../helpers/scratch.js";
import { contextOf } from "./run-cli.js";

const scratch = scratchFolder();

it("a file whose name is not UTF-8 is reported if a pattern or folder includes it", async () => {
  const folder = scratch.folder("names");
  scratch.write("names/good.txt", "2,0,1,1,1,1\n");
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from("run\xff.txt", "latin1")]), "");
  await expect(inputsOf("names")).rejects.toThrow("run\\xff.txt: its name is not UTF-8");
  await expect(inputsOf("names/*.txt")).rejects.toThrow("run\\xff.txt: its name is not UTF-8");
  expect(await inputsOf("names/g*.txt")).toHaveLength(1);
});

async function inputsOf(name: string): Promise<StreamInput[]> {
  const s3 = { s3PathStyle: "auto", s3Anonymous: false } as const;
  const options = { ...s3, layout: "padova-2021", skipBlocks: 0, follow: false };
  return (await findSourceInputs([name], options, contextOf({ folder: scratch.path }))).inputs;
}

it("every file has a size and a version, even an empty one", async () => {
  scratch.write("rows/a.txt", "2,0,1,1,1,1\n");
  scratch.write("rows/b.txt", "");
  const found = await inputsOf("rows");
  expect(found.map(({ size, version }) => [size, typeof version])).toEqual([
    [12, "string"],
    [0, "string"],
  ]);
});

it("a pipe, which cannot be read twice, has neither", async () => {
  execFileSync("mkfifo", [`${scratch.path}/pipe`]);
  const [pipe] = await inputsOf("pipe");
  expect(pipe).not.toHaveProperty("version");
  expect(pipe).not.toHaveProperty("size");
});
