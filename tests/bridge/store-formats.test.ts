/** History files of other formats: older files are migrated, newer and foreign files left unchanged, corrupt files kept. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Store } from "../../dashboard/bridge/index.js";
import { Database } from "../../dashboard/bridge/store/database.js";
import { storeVersion } from "../../dashboard/bridge/store/schema.js";
import { InputError, type WindowMessage } from "../../pipeline/model/index.js";
import { muonitor } from "../cli/real-process.js";
import { buildNodePart, buildWithPage } from "../helpers/build.js";
import { makeMessage } from "../helpers/messages.js";
import { scratchFolder } from "../helpers/scratch.js";
import { ask } from "./other-program.js";

const scratch = scratchFolder();
const samples = join(import.meta.dirname, "histories");
let folders = 0;

const newFile = (): string => join(scratch.folder(`formats-${(folders += 1)}`), "history.sqlite");
const message = (id: number): WindowMessage => makeMessage({ id, orbits: 20 });

function open(file: string): Store & { log: string[] } {
  const log: string[] = [];
  const store = new Store({ file, log: (line) => log.push(line) });
  onTestFinished(() => store.close());
  return Object.assign(store, { log });
}

/** Every file of a folder with its content and modification time. */
function contentOf(folder: string): unknown {
  return readdirSync(folder).map((name) => {
    const path = join(folder, name);
    return [name, statSync(path).mtimeMs, readFileSync(path).toString("base64")];
  });
}

/** As left after a kill by releases with node-sqlite3-wasm: the last two windows are only in the write-ahead log. */
const sampleWindows = [1, 2, 3, 700, 701, 1500, 1501];

function unpack(version: number): string {
  const file = newFile();
  for (const end of ["", "-wal"]) {
    const packed = readFileSync(join(samples, `version-${version}.sqlite${end}.gz`));
    writeFileSync(file + end, gunzipSync(packed));
  }
  return file;
}

describe("a history of an older format", () => {
  beforeAll(buildNodePart);

  it("has a sample file for each format", () => {
    const versions = readdirSync(samples).filter((name) => name.endsWith(".sqlite.gz"));
    const expected = Array.from({ length: storeVersion }, (_, i) => `version-${i + 1}.sqlite.gz`);
    expect(versions.sort()).toEqual(expected);
  });

  it.each(Array.from({ length: storeVersion }, (_, i) => i + 1))("%i keeps all that it held", (version) => {
    const file = unpack(version);
    const store = open(file);
    expect(store.newestWindows(100)).toEqual(sampleWindows.map(message));
    const hours = store.trend({ from_ms: 0, to_ms: 4 * 3_600_000, points: 4 });
    expect(hours).toMatchObject({ bucket_ms: 3_600_000, windows: [5, 2] });
    const rows = (ids: number[]): number => ids.reduce((sum, id) => sum + message(id).ledger.rows, 0);
    expect(hours.rows).toEqual([rows([1, 2, 3, 700, 701]), rows([1500, 1501])]);
    // Older formats lack this number; only the last two windows of the sample were written by format 5.
    const known = version < 5 ? null : 0;
    expect(hours.known_unmapped).toEqual([null, known]);
    const { records } = store;
    expect(records.alarms(Infinity, 9)).toMatchObject([{ id: "a1" }]);
    expect(records.runs(Infinity, 9)).toMatchObject([{ number: 7 }]);
    expect(records.references()).toMatchObject([{ id: "r1" }]);
    expect(records.reference("r1")).toEqual({ some: "reference" });
    expect(records.note("since")).toEqual({ since_ms: 1 });
    expect(store.positionsOf("data_clean")).toEqual([{ topic: "data_clean", partition: 0, next: "1501" }]);
    expect(store.status().state).toBe("ok");
    expect(ask(file, "PRAGMA user_version")).toEqual([{ user_version: storeVersion }]);
    const isOlder = version < storeVersion;
    expect(store.log).toEqual(isOlder ? [`${file}: migrated from format ${version} to ${storeVersion}`] : []);
  });

  it("is unchanged when a migration step fails", () => {
    const file = unpack(1);
    const db = new Database(file);
    db.exec("CREATE TABLE hours (start_ms INTEGER PRIMARY KEY)");
    db.close();
    const store = open(file);
    expect(store.status()).toMatchObject({ state: "failed", problem: expect.stringContaining(file) });
    store.close();
    expect(ask(file, "PRAGMA user_version")).toEqual([{ user_version: 1 }]);
    expect(ask(file, "SELECT count(*) AS windows FROM windows")).toEqual([{ windows: sampleWindows.length }]);
  });
});

describe("a history that must not be changed", () => {
  /** As left by a newer Muonitor; `killed`: with a write-ahead log. */
  function newer(killed: boolean): string {
    const file = newFile();
    open(file).close();
    const db = new Database(file);
    db.exec(`PRAGMA user_version = ${storeVersion + 7}`);
    if (!killed) db.close();
    const kept = [file, `${file}-wal`].map((path) => [path, readFileSync(path, { flag: "a+" })] as const);
    if (killed) db.close();
    rmSync(dirname(file), { recursive: true });
    for (const [path, bytes] of kept)
      if (bytes.length > 0) scratch.write(path.slice(scratch.path.length), bytes);
    return file;
  }

  it.each([
    ["newer", () => newer(false)],
    ["newer and only in the log", () => newer(true)],
  ])("because it is %s is refused, and no file is touched", (_, make) => {
    const file = make();
    const before = contentOf(dirname(file));
    expect(() => open(file)).toThrow(InputError);
    expect(() => open(file)).toThrow(
      `${file}: the history has format ${storeVersion + 7} of a newer Muonitor; this version reads formats up to ${storeVersion}: update`,
    );
    expect(contentOf(dirname(file))).toEqual(before);
  });

  it.each([0, 1, storeVersion])(
    "because it belongs to another program (version %i) is refused",
    (version) => {
      const file = newFile();
      const db = new Database(file);
      db.exec(
        `CREATE TABLE stamps (country TEXT); INSERT INTO stamps VALUES ('IT'); PRAGMA user_version = ${version}`,
      );
      db.close();
      const before = readFileSync(file);
      expect(() => open(file)).toThrow(/not a history of Muonitor/);
      expect(readFileSync(file)).toEqual(before);
    },
  );

  it("ends the start with a one-line error", async () => {
    await buildWithPage();
    const file = newer(false);
    const before = contentOf(dirname(file));
    const args = ["up", "--port", "0", "--history", file, "--state-dir", scratch.folder("state")];
    const { code, stdout, stderr } = await muonitor(args, scratch.path);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(/^muonitor: .*the history has format \d+ of a newer Muonitor.*\n$/);
    expect(contentOf(dirname(file))).toEqual(before);
  });
});

it("five corrupt histories are kept, then the history continues in memory", () => {
  const file = newFile();
  const corrupt = (i: number): string => `no database ${i}`.repeat(500);
  for (let i = 1; i <= 5; i += 1) {
    writeFileSync(file, corrupt(i));
    const store = open(file);
    expect(store.log).toEqual([
      expect.stringContaining(`${file}.corrupt${i === 1 ? "" : `.${i}`}; the new one is empty`),
    ]);
    store.close();
    for (const end of ["", "-wal", "-shm"]) rmSync(file + end, { force: true });
  }
  writeFileSync(file, corrupt(6));
  const store = open(file);
  expect(store.status()).toMatchObject({
    state: "failed",
    problem: expect.stringContaining(`${file}.corrupt*`),
  });
  store.close();
  expect(readFileSync(file, "utf8")).toBe(corrupt(6));
  for (const [i, end] of ["", ".2", ".3", ".4", ".5"].entries())
    expect(readFileSync(`${file}.corrupt${end}`, "utf8")).toBe(corrupt(i + 1));
});
