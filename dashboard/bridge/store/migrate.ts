/** Migrates a history of an older format to the newest, or creates a new one. */
import { InputError } from "../../../pipeline/model/index.js";
import type { Database } from "./database.js";
import { hoursTable, schema, shiftTables, storeVersion, trendTable, windowsTable } from "./schema.js";
import { hourMs } from "./trends.js";
import { sumHour } from "./write-windows.js";

/** Migrations from each older format to the newest. tests/bridge/histories contains a file of every older format. */
const steps: Record<number, (db: Database) => void> = {
  1: (db) => {
    widen(db, { windows: windowsTable, trend: trendTable });
    addHours(db);
    addShift(db);
  },
  2: (db) => {
    widenAll(db);
    addShift(db);
  },
  3: widenAll,
  4: widenAll,
};

function widenAll(db: Database): void {
  widen(db, { windows: windowsTable, trend: trendTable, hours: hoursTable });
}

/**
 * @returns the format of the open file, 0 for an empty one
 * @throws InputError if it belongs to another program
 */
export function formatOf(db: Database, file: string | null): number {
  const format = Number(db.get("PRAGMA user_version")?.["user_version"]);
  const tables = db.all("SELECT name FROM sqlite_master WHERE type = 'table'").map(({ name }) => name);
  const isOurs = ["windows", "trend", "notes"].every((name) => tables.includes(name));
  if (format > 0 ? isOurs : format === 0 && tables.length === 0) return format;
  const reason =
    "it is an SQLite file of another program, not a history of Muonitor: choose another file (--history)";
  throw new InputError(String(file), reason);
}

/** Migrates in one transaction: if a step fails, the file is unchanged. */
export function migrate(db: Database, format: number): void {
  if (format === storeVersion) return;
  db.transaction(() => {
    if (format === 0) db.exec(schema);
    else steps[format]?.(db);
    db.exec(`PRAGMA user_version = ${storeVersion}`);
  });
}

/** Adds the columns of the newest format. @param tables SQL that creates each table, by name */
function widen(db: Database, tables: Record<string, string>): void {
  for (const [name, table] of Object.entries(tables)) {
    const columns = db.all(`SELECT name FROM pragma_table_info('${name}')`).map((row) => String(row["name"]));
    const list = columns.join(", ");
    db.exec(`DROP INDEX IF EXISTS ${name}_by_id; ALTER TABLE ${name} RENAME TO old_${name}; ${table}`);
    db.exec(`INSERT INTO ${name} (${list}) SELECT ${list} FROM old_${name}; DROP TABLE old_${name}`);
  }
}

function addHours(db: Database): void {
  db.exec(hoursTable);
  const hours = db.all(`SELECT DISTINCT start_ms / ${hourMs} * ${hourMs} AS hour FROM trend`);
  for (const { hour } of hours) sumHour(db, Number(hour));
}

function addShift(db: Database): void {
  db.exec("ALTER TABLE changes ADD COLUMN light TEXT NOT NULL DEFAULT ''");
  db.exec(
    `UPDATE changes SET light = CASE json_type(body, '$.light') WHEN 'object'
     THEN 'chamber ' || json_extract(body, '$.light.chamber') ELSE json_extract(body, '$.light') END`,
  );
  db.exec(shiftTables);
}
