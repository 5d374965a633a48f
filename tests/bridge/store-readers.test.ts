/** The history file while other programs read it, and when it is removed or replaced. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Store, type StoreOptions } from "../../dashboard/bridge/index.js";
import { Database } from "../../dashboard/bridge/store/database.js";
import type { WindowMessage } from "../../pipeline/model/index.js";
import { builtUrl, buildNodePart } from "../helpers/build.js";
import { makeMessage } from "../helpers/messages.js";
import { scratchFolder } from "../helpers/scratch.js";
import { windowIds } from "./other-program.js";

const scratch = scratchFolder();
let folders = 0;

beforeAll(buildNodePart);

const newFile = (): string => join(scratch.folder(`readers-${(folders += 1)}`), "history.sqlite");
const message = (id: number): WindowMessage => makeMessage({ id, orbits: 20 });

function open(file: string, options: Partial<StoreOptions> = {}): Store & { log: string[] } {
  const log: string[] = [];
  const store = new Store({ file, log: (line) => log.push(line), ...options });
  onTestFinished(() => store.close());
  return Object.assign(store, { log });
}

function put(store: Store, ...ids: number[]): void {
  for (const id of ids) store.putWindow(message(id));
  store.flush();
}

const idsIn = (store: Store): number[] => store.newestWindows(1000).map(({ msg_ID }) => msg_ID);

it("other programs read the latest writes, and their exit removes nothing", async () => {
  const file = newFile();
  const script = scratch.write(
    "writer.mjs",
    `import { Store } from ${JSON.stringify(builtUrl("dashboard/bridge/index.js"))};
     const store = new Store({ file: ${JSON.stringify(file)} });
     process.on("message", (message) => { store.putWindow(message); store.flush(); process.send(store.status()); });
     process.send("ready");`,
  );
  const writer = fork(script);
  await once(writer, "message");
  const write = async (id: number): Promise<unknown> => {
    writer.send(message(id));
    return (await once(writer, "message"))[0];
  };
  for (const id of [1, 2]) await write(id);
  expect(windowIds(file)).toEqual([1, 2]);
  for (const id of [3, 4]) await write(id);
  expect(windowIds(file, true)).toEqual([1, 2, 3, 4]);
  expect(await write(5)).toMatchObject({ state: "ok", problem: null });
  writer.kill("SIGKILL");
  await once(writer, "exit");
  expect(idsIn(open(file))).toEqual([1, 2, 3, 4, 5]);
});

describe("files that are removed while they are open", () => {
  const ends = ["", "-wal", "-shm"];

  it.each([
    ["the history", [""]],
    ["its log", ["-wal"]],
    ["its index", ["-shm"]],
    ["all of them", ends],
  ])("are written again completely (%s)", (_, removed) => {
    const file = newFile();
    const store = open(file);
    put(store, 1, 2, 3);
    for (const end of removed) rmSync(file + end);
    put(store, 4);
    expect(windowIds(file)).toEqual([1, 2, 3, 4]);
    expect(store.status()).toMatchObject({ state: "ok", problem: expect.stringContaining(file) });
    expect(store.log).toEqual([expect.stringMatching(/removed while in use; written again/)]);
    put(store, 5);
    store.close();
    expect(idsIn(open(file))).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([
    ["reading the status", (store: Store) => void store.status()],
    ["closing the store", (store: Store) => store.close()],
  ])("are restored by %s, without another window", (_, notice) => {
    const file = newFile();
    const store = open(file);
    put(store, 1, 2);
    rmSync(join(file, ".."), { recursive: true });
    notice(store);
    expect(windowIds(file)).toEqual([1, 2]);
  });

  it("are reported when they cannot be restored, and windows wait in memory", () => {
    const file = newFile();
    const store = open(file);
    put(store, 1);
    const folder = join(file, "..");
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "a file where the folder was");
    put(store, 2);
    expect(store.status()).toMatchObject({ state: "failed", problem: expect.stringContaining(file) });
    rmSync(folder);
    store.flush();
    expect(store.status().state).toBe("ok");
    expect(windowIds(file)).toEqual([1, 2]);
  });
});

it("a file that replaces the history is used, and the earlier writes are kept in another file", () => {
  const file = newFile();
  const store = open(file);
  put(store, 1);
  store.close();
  const backup = `${file}.backup`;
  copyFileSync(file, backup);
  const again = open(file);
  put(again, 2, 3);
  renameSync(backup, file);
  put(again, 4);
  expect(windowIds(file)).toEqual([1, 4]);
  expect(windowIds(`${file}.replaced`)).toEqual([1, 2, 3]);
  expect(again.log).toEqual([expect.stringContaining(`in ${file}.replaced`)]);
  expect(again.status().state).toBe("ok");
});

/** Not with the package for Node 20, which keeps its connection until its statements are garbage-collected. */
const hasOwnSqlite = process.getBuiltinModule("node:sqlite") !== undefined;

it.skipIf(!hasOwnSqlite)("an emptied log is noticed, and the file is rewritten from memory", () => {
  const file = newFile();
  const store = open(file);
  store.memory = () => ({ windows: [1, 2, 3].map(message), alarms: [], remarks: [] });
  put(store, 1, 2, 3);
  truncateSync(`${file}-wal`);
  store.status();
  store.flush();
  expect(store.status().state).toBe("ok");
  expect(windowIds(file)).toEqual([1, 2, 3]);
  expect(store.log[0]).toContain(`${file}: other programs cannot read it`);
});

it("a reader that never ends does not make the log grow without bound", () => {
  const file = newFile();
  const maxBytes = 1 << 20;
  const store = open(file, { maxBytes });
  put(store, 1);
  const reader = new Database(file, { readOnly: true });
  reader.exec("BEGIN");
  reader.all("SELECT count(*) FROM windows");
  let id = 1;
  while (store.status().state === "ok" && id < 2000) put(store, (id += 1));
  expect(store.status()).toMatchObject({
    state: "failed",
    problem: expect.stringMatching(/keeps a read transaction open/),
  });
  reader.exec("COMMIT");
  reader.close();
  put(store, (id += 1));
  expect(store.status()).toMatchObject({ state: "ok", problem: null });
  expect(idsIn(store).slice(-2)).toEqual([id - 1, id]);
});
