/** A process that has used the store ends when its work is done, whatever the compiler of WebAssembly is at. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { root } from "../../infra/bootstrap.js";
import { scratchFolder } from "../helpers/scratch.js";

const scratch = scratchFolder();
const database = pathToFileURL(join(root, "build/dashboard/bridge/store/database.js")).href;
/** About so many writes make the compiler take up the most used functions once more. */
const program = `
  const { Database } = await import(${JSON.stringify(database)});
  const db = Database.open({ file: process.argv[1], maxBytes: 1 << 28 });
  for (let i = 0; i < Number(process.argv[2]); i += 1)
    db.run("INSERT OR REPLACE INTO notes VALUES (?, ?)", [String(i % 50), "x".repeat(500)]);
  db.close();`;

function end(name: string, writes: number): Promise<string> {
  const args = ["--input-type=module", "--eval", program, join(scratch.path, name), String(writes)];
  const child = spawn(process.execPath, args, { timeout: 20_000, killSignal: "SIGKILL", stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(String(signal ?? code)));
  });
}

it("ends by itself, forty times", async () => {
  const ends: string[] = [];
  for (let i = 0; i < 40; i += 1) ends.push(await end(`${i}.sqlite`, 700 + 15 * i));
  expect(ends.filter((how) => how !== "0")).toEqual([]);
});
