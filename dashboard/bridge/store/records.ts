/** Stored records of people and rules: alarms, changes of the lights, references, runs, notes. */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { lightName } from "../../../pipeline/model/index.js";
import type { Alarm, QualityChange, Reference, ReferenceInfo, Run } from "../../../pipeline/model/index.js";
import type { StoreCore } from "./core.js";
import type { Database, Row } from "./database.js";

export class RecordStore {
  /** @param windowsFirst writes the windows that are still in memory */
  constructor(
    private readonly core: StoreCore,
    private readonly windowsFirst: () => void,
  ) {}

  /** Written after the windows that raised it: if they were read again after a kill, they would clear it. */
  putAlarm(alarm: Alarm): void {
    this.windowsFirst();
    this.core.write((db) => writeAlarm(db, alarm));
  }

  /** Newest first. */
  alarms(beforeMs: number, limit: number): Alarm[] {
    const sql = "SELECT body FROM alarms WHERE raised_ms < ? ORDER BY raised_ms DESC, rowid DESC LIMIT ?";
    return this.core.read((db) => db.all(sql, [beforeMs, limit]).map((row) => parsed(row) as Alarm), []);
  }

  alarm(id: string): Alarm | null {
    const sql = "SELECT body FROM alarms WHERE id = ?";
    return this.core.read((db) => db.all(sql, [id]).map((row) => parsed(row) as Alarm)[0] ?? null, null);
  }

  /** Active alarms, in the order in which they were raised. */
  activeAlarms(): Alarm[] {
    const sql = "SELECT body FROM alarms WHERE cleared_ms IS NULL ORDER BY raised_ms, rowid";
    return this.core.read((db) => db.all(sql).map((row) => parsed(row) as Alarm), []);
  }

  /** Also written after their windows, which would cause them again. */
  putChanges(changes: readonly QualityChange[]): void {
    if (changes.length === 0) return;
    this.windowsFirst();
    const sql = "INSERT INTO changes (at_ms, body, light) VALUES (?, ?, ?)";
    this.core.write((db) => {
      for (const change of changes)
        db.run(sql, [change.at_ms, JSON.stringify(change), lightName(change.light)]);
    });
  }

  /** Replaces the reason of a stored change. */
  putReason(change: QualityChange): void {
    const sql = "UPDATE changes SET body = ? WHERE at_ms = ? AND light = ?";
    this.core.write((db) => {
      db.run(sql, [JSON.stringify(change), change.at_ms, lightName(change.light)]);
    });
  }

  /** Newest first. */
  changes(beforeMs: number, limit: number): QualityChange[] {
    const sql = "SELECT body FROM changes WHERE at_ms < ? ORDER BY at_ms DESC, number DESC LIMIT ?";
    return this.core.read(
      (db) => db.all(sql, [beforeMs, limit]).map((row) => parsed(row) as QualityChange),
      [],
    );
  }

  /** @returns whether the write succeeded */
  putReference(info: Omit<ReferenceInfo, "chosen">, reference: Reference): boolean {
    const body = deflateRawSync(JSON.stringify(reference));
    const values = [info.id, info.created_ms, JSON.stringify(info), body];
    return this.core.write((db) => db.run('INSERT OR REPLACE INTO "references" VALUES (?, ?, ?, ?)', values));
  }

  /** All references, oldest first, none marked as chosen. */
  references(): Omit<ReferenceInfo, "chosen">[] {
    const sql = 'SELECT info AS body FROM "references" ORDER BY created_ms, rowid';
    return this.core.read((db) => db.all(sql).map((row) => parsed(row) as Omit<ReferenceInfo, "chosen">), []);
  }

  reference(id: string): Reference | null {
    return this.core.read((db) => {
      const row = db.get('SELECT body FROM "references" WHERE id = ?', [id]);
      if (row === null) return null;
      return JSON.parse(inflateRawSync(row["body"] as Uint8Array).toString()) as Reference;
    }, null);
  }

  deleteReference(id: string): void {
    this.core.write((db) => db.run('DELETE FROM "references" WHERE id = ?', [id]));
  }

  putRun(run: Run): void {
    this.core.write((db) => writeRun(db, run));
  }

  /** Newest first. */
  runs(beforeMs: number, limit: number): Run[] {
    const sql = "SELECT body FROM runs WHERE started_ms < ? ORDER BY started_ms DESC LIMIT ?";
    return this.core.read((db) => db.all(sql, [beforeMs, limit]).map((row) => parsed(row) as Run), []);
  }

  putNote(name: string, value: unknown): void {
    this.core.write((db) => writeNote(db, name, value));
  }

  note(name: string): unknown {
    const sql = "SELECT body FROM notes WHERE name = ?";
    return this.core.read((db) => db.all(sql, [name]).map((row) => parsed(row))[0] ?? null, null);
  }
}

export function writeAlarm(db: Database, alarm: Alarm): void {
  const values = [alarm.id, alarm.raised_ms, alarm.cleared_ms, JSON.stringify(alarm)];
  db.run("INSERT OR REPLACE INTO alarms VALUES (?, ?, ?, ?)", values);
}

export function writeRun(db: Database, run: Run): void {
  db.run("INSERT OR REPLACE INTO runs VALUES (?, ?)", [run.started_ms, JSON.stringify(run)]);
}

export function writeNote(db: Database, name: string, value: unknown): void {
  db.run("INSERT OR REPLACE INTO notes VALUES (?, ?)", [name, JSON.stringify(value)]);
}

function parsed(row: Row): unknown {
  return JSON.parse(row["body"] as string);
}
