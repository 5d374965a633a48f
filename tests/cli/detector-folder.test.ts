/** Run numbers in the inputs choose the detector file of a folder. */
import { expect, it } from "vitest";
import type { WindowMessage } from "../../pipeline/model/index.js";
import { scratchFolder } from "../helpers/scratch.js";
import { runCli } from "./run-cli.js";

const scratch = scratchFolder();

function folder(): string {
  const file = (name: string, valid: string): string =>
    scratch.write(`runs/${name}.yaml`, `name: ${name}\nvalid: ${valid}\ndrift-velocity-um-per-ns: 54\n`);
  file("old", "{ from-run: 1, to-run: 99 }");
  return file("new", "{ from-run: 100 }").replace("/new.yaml", "");
}

/** Blocks of the read-out, each with its run number and 128 hits. */
function blocks(...runs: number[]): Buffer {
  const words = runs.flatMap((run) => [
    BigInt(run),
    ...Array.from({ length: 128 }, (_, i) => hit(1000 + i, i % 64)),
  ]);
  const bytes = Buffer.alloc(8 * words.length);
  words.forEach((word, i) => bytes.writeBigUInt64LE(word, 8 * i));
  return bytes;
}

/** HEAD 2, FPGA 0. */
function hit(orbit: number, channel: number): bigint {
  return (2n << 61n) | (BigInt(channel) << 49n) | (BigInt(orbit) << 17n) | (100n << 5n) | 7n;
}

async function processed(
  input: string,
  ...args: string[]
): Promise<{ code: number; stderr: string; names: unknown[] }> {
  const given = ["process", "--input", input, "--detector", folder(), ...args];
  const { code, stdout, stderr } = await runCli(given);
  const messages = stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as WindowMessage);
  return { code, stderr, names: messages.map(({ run, detector }) => [run, detector]) };
}

it("a run number in words of the read-out chooses the detector file", async () => {
  const dat = scratch.write("a.dat", blocks(57, 57, 57));
  expect(await processed(dat, "--layout", "padova-dat")).toMatchObject({ code: 0, names: [[57, "old"]] });
  const later = scratch.write("b.dat", blocks(120, 120, 121));
  const { names } = await processed(later, "--layout", "padova-dat");
  expect(names).toEqual([
    [120, "new"],
    [121, "new"],
  ]);
});

it("a run number in the name of the input chooses the detector file", async () => {
  const rows = Array.from({ length: 30 }, (_, i) => `_ ${i * 0.01} ${i} 222 100 7`).join("\n");
  const bologna = scratch.write("Run_42.txt", `${rows}\n`);
  expect((await processed(bologna, "--layout", "bologna-2022")).names).toEqual([[42, "old"]]);
});

it("runs that need different files, a missing run number and a missing file are rejected in one line", async () => {
  const both = await processed(scratch.write("c.dat", blocks(57, 120)), "--layout", "padova-dat");
  expect(both).toMatchObject({ code: 2, names: [] });
  expect(both.stderr).toContain(
    "run 57 needs old.yaml, run 120 needs new.yaml: process these runs separately",
  );
  const none = await processed(scratch.write("d.csv", "2,0,5,1000,100,7\n"));
  expect(none).toMatchObject({ code: 2, names: [] });
  expect(none.stderr).toContain("the inputs have no run number: select one of its files with --run N");
  // In the project's own columns, a field that looks like a run number is not one.
  const own = await processed(scratch.write("f.csv", "HEAD,run,57\n2,0,5,1000,100,7\n"));
  expect(own.stderr).toContain("the inputs have no run number");
  const unknown = await processed(scratch.write("e.dat", blocks(0)), "--layout", "padova-dat");
  expect(unknown.code).toBe(2);
  const stdin = await processed("-");
  expect(stdin.stderr).toContain("only local files are searched for run numbers");
});
