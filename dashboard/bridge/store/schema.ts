/** The tables of the store in its newest format; `migrate.ts` converts older ones. */
import { ledgerKeys, maxChambers } from "../../../pipeline/model/index.js";

export const storeVersion = 5;

/** Columns with the counts of a window or of a minute; the names are those of the ledger. */
export const hitColumns = Array.from({ length: maxChambers }, (_, chamber) => `hits${chamber}`);
export const numberColumns = [...ledgerKeys, ...hitColumns] as const;
/** Unmapped rows whose channels are known; null for windows of older versions. */
export const knownColumn = "known_unmapped";

/** Null for chambers that the set-up does not have. */
const numbers = [
  ...ledgerKeys.map((name) => `${name} INTEGER NOT NULL`),
  ...hitColumns.map((name) => `${name} INTEGER`),
  `${knownColumn} INTEGER`,
].join(", ");

export const hoursTable = `
CREATE TABLE hours (
  start_ms INTEGER PRIMARY KEY, windows INTEGER NOT NULL, corrected INTEGER NOT NULL, partial INTEGER NOT NULL,
  ${numbers}, cells BLOB NOT NULL
);`;

/** Records of a shift: remarks, derived quantities, and the changes of each light, by its name. */
export const shiftTables = `
CREATE TABLE remarks (id TEXT PRIMARY KEY, from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX remarks_by_time ON remarks (from_ms);
CREATE TABLE quantities (start_ms INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE INDEX changes_by_light ON changes (light, at_ms);
`;

export const windowsTable = `
CREATE TABLE windows (
  start_ms INTEGER PRIMARY KEY, end_ms INTEGER NOT NULL, id INTEGER NOT NULL, revision INTEGER NOT NULL,
  partial INTEGER NOT NULL, ${numbers}, cells BLOB NOT NULL, body BLOB NOT NULL
);
CREATE INDEX windows_by_id ON windows (id);`;

export const trendTable = `
CREATE TABLE trend (
  start_ms INTEGER PRIMARY KEY, windows INTEGER NOT NULL, corrected INTEGER NOT NULL, partial INTEGER NOT NULL,
  ${numbers}, cells BLOB NOT NULL
);`;

export const schema = `
${windowsTable}
${trendTable}
${hoursTable}
CREATE TABLE alarms (id TEXT PRIMARY KEY, raised_ms INTEGER NOT NULL, cleared_ms INTEGER, body TEXT NOT NULL);
CREATE INDEX alarms_by_time ON alarms (raised_ms);
CREATE TABLE changes (
  number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, body TEXT NOT NULL, light TEXT NOT NULL DEFAULT ''
);
CREATE INDEX changes_by_time ON changes (at_ms);
CREATE TABLE "references" (id TEXT PRIMARY KEY, created_ms INTEGER NOT NULL, info TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE runs (started_ms INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE positions (topic TEXT NOT NULL, partition INTEGER NOT NULL, next TEXT NOT NULL, PRIMARY KEY (topic, partition));
CREATE TABLE notes (name TEXT PRIMARY KEY, body TEXT NOT NULL);
${shiftTables}`;
