/**
 * `npm run bench -- soak --minutes 120`: the memory of `up`, which must stop growing once it holds the maximum number
 * of windows. Shorter windows reach this number sooner: `--minutes 30 --window 1`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { repositoryFolder } from "../../runners/paths.js";
import { MemoryWatch } from "./measure/memory-watch.js";
import { growthOf, type MemorySample } from "./measure/growth.js";

/** Windows that the bridge keeps in memory. */
const keptWindows = 720;
const [sampleMs, printedEvery] = [10_000, 6];

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "120" },
    rate: { type: "string", default: "1000" },
    window: { type: "string", default: "5" },
    "growth-mb": { type: "string", default: "40" },
  },
});
const [minutes, windowSeconds, limitMb] = [values.minutes, values.window, values["growth-mb"]].map(
  Number,
) as [number, number, number];
const fullMinutes = (keptWindows * windowSeconds) / 60;
if (!(minutes > fullMinutes))
  throw new Error(`--minutes must be above ${fullMinutes}, the time until ${keptWindows} windows are kept`);

const folder = mkdtempSync(join(tmpdir(), "muonitor-soak-"));
const options = ["--rate", values.rate, "--window", values.window, "--port", "0", "--state-dir", folder];
const up = spawn(process.execPath, [join(repositoryFolder, "infra", "muonitor.js"), "up", ...options], {
  stdio: ["ignore", "inherit", "inherit"],
});
const ended = once(up, "close");
const samples: MemorySample[] = [];
try {
  await Promise.race([sample(), ended]);
} finally {
  up.kill("SIGINT");
  await ended;
  rmSync(folder, { recursive: true, force: true });
}

const grownMb = growthOf(samples, fullMinutes);
if (grownMb === null) throw new Error("up has ended early");
console.log(`growth after ${keptWindows} windows: ${grownMb.toFixed(0)} MB, limit ${limitMb} MB`);
process.exit(grownMb <= limitMb ? 0 : 1);

async function sample(): Promise<void> {
  const memory = new MemoryWatch(up.pid ?? 0);
  const began = performance.now();
  for (let minute = 0; minute < minutes;) {
    await delay(sampleMs);
    minute = (performance.now() - began) / 60_000;
    const mb = memory.look();
    samples.push({ minute, mb });
    if (samples.length % printedEvery === 0)
      console.log(`${minute.toFixed(0).padStart(4)} min ${mb.toFixed(0).padStart(5)} MB`);
  }
}
