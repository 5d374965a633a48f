/** The bridge imports the references that bounded runs save, and imports them again when they change. */
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ReferenceFolder } from "../../dashboard/bridge/monitor/reference-folder.js";
import { Monitor } from "../../dashboard/bridge/monitor/monitor.js";
import { WindowHistory } from "../../dashboard/bridge/history.js";
import { Store } from "../../dashboard/bridge/store/index.js";
import { ReferenceKeeper, referencesFolder } from "../../runners/cli/references.js";
import { expectedMessages, pairOf, validFolder } from "../golden/pairs.js";
import { noListener } from "./counted.js";

const messages = expectedMessages(pairOf(validFolder, "scintillator-order.csv"));

const newMonitor = (): Monitor =>
  new Monitor({ store, history: new WindowHistory(10, 0), listener: noListener });

let state = "";
let store: Store;
let monitor: Monitor;
let lines: string[] = [];
let folder: ReferenceFolder | null = null;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "muonitor-references-"));
  store = new Store({ file: null });
  monitor = newMonitor();
  lines = [];
});
afterEach(() => {
  folder?.close();
  store.close();
  rmSync(state, { recursive: true });
});

/** Saves a reference as `process --save-reference good` does, made from `times` copies of the same windows. */
function save(times: number): string {
  const keeper = new ReferenceKeeper("good", "a file");
  for (let i = 0; i < times; i += 1)
    for (const message of messages) keeper.add(JSON.stringify({ ...message, emitted_ms: 1 }));
  return keeper.save(state);
}

const open = (): ReferenceFolder =>
  (folder = new ReferenceFolder(referencesFolder(state), monitor.references, (line) => lines.push(line)));

const hits = messages.reduce((sum, message) => sum + (message as { hit_count: number }).hit_count, 0);

describe("the folder of references", () => {
  it("that does not exist gives no references", () => {
    open();
    expect([monitor.references.list(), lines]).toEqual([[], []]);
  });

  it("gives a reference once", () => {
    save(1);
    open().look();
    expect(monitor.references.list()).toMatchObject([{ name: "good", source: "a file", hit_count: hits }]);
  });

  it("replaces a reference with a newer version, even if it is the chosen one", async () => {
    const path = save(1);
    const files = open();
    const [first] = monitor.references.list();
    monitor.references.choose([first!.id]);
    await expect.poll(() => Date.now()).toBeGreaterThan(first!.created_ms);
    save(2);
    utimesSync(path, new Date(), new Date(Date.now() + 1000));
    files.look();
    expect(monitor.references.list()).toMatchObject([{ name: "good", hit_count: 2 * hits, chosen: true }]);
  });

  it("does not restore a deleted reference, even after a restart, unless it is saved again", async () => {
    const path = save(1);
    open().close();
    const [first] = monitor.references.list();
    expect(monitor.references.delete(first!.id)).toBe(true);
    monitor = newMonitor();
    const files = open();
    expect([monitor.references.list(), lines]).toEqual([[], []]);
    await expect.poll(() => Date.now()).toBeGreaterThan(first!.created_ms);
    save(2);
    utimesSync(path, new Date(), new Date(Date.now() + 1000));
    files.look();
    expect(monitor.references.list()).toMatchObject([{ name: "good", hit_count: 2 * hits }]);
  });

  it("with an invalid file gives an error, and the other references", () => {
    const path = save(1);
    writeFileSync(join(path, "..", "a.json"), "{");
    writeFileSync(join(path, "..", "b.json"), '{"schema":1}');
    open().look();
    expect(monitor.references.list()).toHaveLength(1);
    expect(lines).toHaveLength(2);
    expect(lines.join("\n")).toMatch(
      /cannot read the reference .*a\.json: .*\n.*cannot read the reference .*b\.json: /,
    );
  });
});
