/**
 * `npm run bench -- day`: runs the bridge for simulated hours, with a clock that follows the windows. The default, 30 hours, is
 * longer than the 24 hours for which whole windows are kept. Prints the sizes of heap and history file after every hour; fails if the heap grows by more than 5 % once the memory is
 * full, or if the file exceeds its limit.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { WindowHistory } from "../../dashboard/bridge/history.js";
import { Monitor } from "../../dashboard/bridge/monitor/monitor.js";
import { Store } from "../../dashboard/bridge/store/index.js";
import { SimulatedWindows } from "../../producer/simulated-windows.js";
import { noListener } from "../bridge/counted.js";
import { growthOf, type MemorySample } from "./measure/growth.js";

const { values } = parseArgs({ options: { hours: { type: "string", default: "30" } } });
const hours = Number(values.hours);
const [windowsPerHour, windowMs] = [720, 5000];
/** As `up` keeps them: one hour in memory. */
const keptWindows = 720;
/** From this hour on, everything that the bridge keeps in memory has its full size. */
const fullHours = 3;
if (!(hours > fullHours + 4)) throw new Error(`--hours must be above ${fullHours + 4}`);
const [growthLimit, maxBytes] = [0.05, 512 << 20];

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
let nowMs = Math.ceil(Date.now() / windowMs) * windowMs;
Date.now = () => nowMs;

const folder = mkdtempSync(join(tmpdir(), "muonitor-day-"));
const file = join(folder, "history.sqlite");
const store = new Store({ file, maxBytes });
const monitor = new Monitor({ store, history: new WindowHistory(keptWindows, nowMs), listener: noListener });
const stream = new SimulatedWindows({ seed: 5, firstId: nowMs / windowMs });
const samples: MemorySample[] = [];
let mostBytes = 0;
try {
  for (let hour = 1; hour <= hours; hour += 1) {
    for (let n = 0; n < windowsPerHour; n += 1) takeNext();
    store.flush();
    collect();
    const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
    const mb = (heapUsed + external + arrayBuffers) / 1e6;
    const bytes = statSync(file).size;
    mostBytes = Math.max(mostBytes, bytes);
    samples.push({ minute: 60 * hour, mb });
    console.log(
      `${String(hour).padStart(3)} h  memory ${mb.toFixed(1).padStart(6)} MB, resident ${(rss / 1e6).toFixed(0)} MB, history file ${(bytes / 1e6).toFixed(0)} MB`,
    );
  }
} finally {
  store.close();
  rmSync(folder, { recursive: true, force: true });
}
const grownMb = growthOf(samples, 60 * fullHours) ?? NaN;
const share = grownMb / (samples[fullHours]?.mb ?? NaN);
console.log(
  `growth after ${fullHours} h: ${grownMb.toFixed(1)} MB (${(100 * share).toFixed(1)} %), limit 5 %`,
);
process.exit(share <= growthLimit && mostBytes <= maxBytes ? 0 : 1);

function takeNext(): void {
  const message = stream.next();
  nowMs = message.window.end_ms;
  monitor.takeWindow({ ...message, emitted_ms: nowMs });
}
