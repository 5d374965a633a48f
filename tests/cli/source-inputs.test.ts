/** What `--input` of up and produce finds. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { StreamInput } from "../../producer/index.js";
import { findSourceInputs } from "../../runners/cli/source-inputs.js";
import { scratchFolder } from "../helpers/scratch.js";
import { contextOf } from "./run-cli.js";

const scratch = scratchFolder();

it("names a file whose name is not UTF-8 where a pattern or a folder means it", async () => {
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

it("reports the size and the state of every file, of an empty one too", async () => {
  scratch.write("rows/a.txt", "2,0,1,1,1,1\n");
  scratch.write("rows/b.txt", "");
  const found = await inputsOf("rows");
  expect(found.map(({ size, version }) => [size, typeof version])).toEqual([
    [12, "string"],
    [0, "string"],
  ]);
});

it("reports neither for a pipe, which cannot be read twice", async () => {
  execFileSync("mkfifo", [`${scratch.path}/pipe`]);
  const [pipe] = await inputsOf("pipe");
  expect(pipe).not.toHaveProperty("version");
  expect(pipe).not.toHaveProperty("size");
});
