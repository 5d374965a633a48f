// Takes a lock repeatedly and never releases it, like a process that is killed. Reports how often another process had the
// lock at the same time. Arguments: URL of the module, path of the lock, duration in milliseconds.
import console from "node:console";
import { mkdirSync, renameSync, rmdirSync, writeFileSync } from "node:fs";
import process from "node:process";

const [moduleUrl = "", path = "", forMs = "0"] = process.argv.slice(2);
/** @type {{ tryLock: (path: string) => object }} */
const { tryLock } = await import(moduleUrl);
const neverNotified = new Int32Array(new SharedArrayBuffer(4));
const insideMs = 2;
let [taken, together] = [0, 0];
for (const end = Date.now() + Number(forMs); Date.now() < end;) {
  if ("owner" in tryLock(path)) continue;
  taken += 1;
  try {
    mkdirSync(`${path}-inside`);
    Atomics.wait(neverNotified, 0, 0, insideMs);
    rmdirSync(`${path}-inside`);
  } catch {
    together += 1;
  }
  writeFileSync(
    `${path}-${process.pid}`,
    JSON.stringify({ pid: process.pid, started: "before", token: `${process.pid} ${taken}` }),
  );
  renameSync(`${path}-${process.pid}`, path);
}
console.log(JSON.stringify({ taken, together }));
