/** Notes are written completely and privately; any other content counts as no note. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readNote, removeNote, writeNote } from "../../runners/process/index.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();
const folder = join(scratch.path, "state");
const path = join(folder, "system.json");

it("a note is read as it was written, only by its user, and leaves no temporary file", () => {
  writeNote(path, { pid: 1 });
  writeNote(path, { pid: 2, url: "http://x" });
  expect(readNote(path)).toEqual({ pid: 2, url: "http://x" });
  expect(readdirSync(folder)).toEqual(["system.json"]);
  expect([statSync(path).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700]);
  removeNote(path);
  removeNote(path);
  expect(readNote(path)).toBeNull();
});

it.each(["", "null", "5", "[1]", '"x"', '{"pid":'])("%s is not a note", (text) => {
  scratch.write("state/system.json", text);
  expect(readNote(path)).toBeNull();
});

it("a note that cannot be written gives a one-line error with the folder, and leaves no temporary file", () => {
  const file = scratch.write("file", "");
  expect(() => writeNote(join(file, "state/x.json"), {})).toThrow(/^\S+file\/state: cannot be written: /);
  mkdirSync(join(folder, "taken.json/x"), { recursive: true });
  expect(() => writeNote(join(folder, "taken.json"), {})).toThrow(/^\S+state: cannot be written: /);
  expect(readdirSync(folder).filter((name) => name.startsWith("taken.json."))).toEqual([]);
  expect(readNote(join(folder, "taken.json"))).toBeNull();
});

it("removing a note removes the drafts of killed processes, but none of a living process or another note", () => {
  const ended = spawnSync(process.execPath, ["--version"]).pid;
  const kept = [`system.json.${process.pid}.0a1b2c3d`, `other.json.${ended}.0a1b2c3d`, "system.json.txt"];
  for (const name of [...kept, `system.json.${ended}.0a1b2c3d`]) scratch.write(`drafts/${name}`, "{");
  removeNote(join(scratch.path, "drafts/system.json"));
  expect(readdirSync(join(scratch.path, "drafts")).sort()).toEqual(kept.sort());
});
