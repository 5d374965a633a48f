/** A second, built clone of the project in a folder with any name. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../../infra/bootstrap.js";
import { defaultJarsFolder } from "../../runners/paths.js";
import { buildWithPage } from "./build.js";

/**
 * Copies sources and build with their timestamps, so little must be rebuilt; packages and jars are shared with this
 * clone.
 */
export async function cloneTo(folder: string): Promise<void> {
  await buildWithPage();
  const listed = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" });
  const names = listed.split("\0").filter((name) => name !== "" && !name.startsWith("tests/"));
  for (const name of [...names, "build"])
    cpSync(join(root, name), join(folder, name), { recursive: true, preserveTimestamps: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const jars = join(folder, ".muonitor", "jars");
  mkdirSync(dirname(jars), { recursive: true });
  mkdirSync(defaultJarsFolder, { recursive: true });
  symlinkSync(defaultJarsFolder, jars);
}
