/** The input files that a path selects. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { findInputs, formatOfName, type FileFormat } from "../../runners/input/inputs.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();

async function find(
  path: string,
  format: FileFormat = "auto",
): Promise<{ names: string[]; complaints: string[] }> {
  const complaints: string[] = [];
  const inputs = await findInputs(path, format, (error) => complaints.push(error.message));
  return { names: inputs.map((input) => basename(input.path)), complaints };
}

describe("a directory", () => {
  it("selects its regular files in byte order of their names, without hidden files and subfolders", async () => {
    const folder = scratch.folder("order");
    for (const name of [
      "b.csv",
      "a.csv",
      "B.csv",
      "10.csv",
      "9.csv",
      "é.csv",
      "z.csv",
      "\u{1F41F}.csv",
      "\uff5e.csv",
      ".hidden.csv",
    ]) {
      writeFileSync(join(folder, name), "");
    }
    mkdirSync(join(folder, "folder.csv"));
    writeFileSync(join(folder, "folder.csv", "inner.csv"), "");
    execFileSync("mkfifo", [join(folder, "pipe.csv")]);
    symlinkSync("a.csv", join(folder, "link.csv"));
    expect(await find(folder)).toEqual({
      names: [
        "10.csv",
        "9.csv",
        "B.csv",
        "a.csv",
        "b.csv",
        "link.csv",
        "z.csv",
        "é.csv",
        "\uff5e.csv",
        "\u{1F41F}.csv",
      ],
      complaints: [],
    });
  });

  it("reports a file whose name is not UTF-8, unless it is hidden", async () => {
    const folder = scratch.folder("names");
    for (const name of ["run\xff.csv", ".hidden\xff", "good.csv"])
      writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, "latin1")]), "");
    const { names, complaints } = await find(folder);
    expect(names).toEqual(["good.csv"]);
    expect(complaints).toEqual([`${folder}/run\\xff.csv: its name is not UTF-8: rename it`]);
  });

  it("reports dangling links", async () => {
    const folder = scratch.folder("dangling");
    symlinkSync("nothing", join(folder, "dangling.csv"));
    symlinkSync("loop.csv", join(folder, "loop.csv"));
    writeFileSync(join(folder, "whole.csv"), "");
    expect(await find(folder)).toEqual({
      names: ["whole.csv"],
      complaints: [
        `${folder}/dangling.csv: no such file or directory`,
        `${folder}/loop.csv: too many symbolic links`,
      ],
    });
  });

  it("may be empty", async () => {
    expect(await find(scratch.folder("empty"))).toEqual({ names: [], complaints: [] });
  });
});

it("a path that does not exist, or that leads through a file, is reported once", async () => {
  const file = scratch.write("file.csv", "");
  expect(await find(join(scratch.path, "none"))).toEqual({
    names: [],
    complaints: [`${scratch.path}/none: no such file or directory`],
  });
  expect(await find(`${file}/deeper`)).toEqual({
    names: [],
    complaints: [`${file}/deeper: a part of the path is not a directory`],
  });
});

it.each([
  ["run.dat", "dat"],
  ["run.dat.gz", "dat"],
  ["UPPER.DAT", "dat"],
  ["RUN.Dat.GZ", "dat"],
  ["RUN.NDJSON", "json"],
  ["X.TXT.GZ", "csv"],
  ["run.json", "json"],
  ["run.jsonl", "json"],
  ["run.ndjson.gz", "json"],
  ["run.csv", "csv"],
  ["run.txt.gz", "csv"],
  ["json", "csv"],
  ["run.dat.txt", "csv"],
  ["", "csv"],
] as const)("the format of %j is %s", (name, format) => {
  expect(formatOfName(name)).toBe(format);
});

it("a requested format applies to every name", async () => {
  const file = scratch.write("words.csv", "");
  const inputs = await findInputs(file, "dat", () => expect.fail("is readable"));
  expect(inputs).toEqual([{ path: file, format: "dat", size: 0 }]);
  expect(await findInputs("-", "json", () => expect.fail("is readable"))).toEqual([
    { path: "-", format: "json", size: null },
  ]);
});
