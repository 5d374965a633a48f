/** Another program that uses a history file, in a separate process because SQLite's locks do not work within one process. */
import { execFileSync } from "node:child_process";
import { builtUrl } from "../helpers/build.js";

/** Runs a query and closes the file, as any tool does. Needs the built Node part. @returns its rows */
export function ask(file: string, sql: string, readOnly = false): Record<string, unknown>[] {
  const script = `
    import { DatabaseSync } from ${JSON.stringify(builtUrl("dashboard/bridge/store/driver.js"))};
    const db = new DatabaseSync(${JSON.stringify(file)}, { readOnly: ${readOnly} });
    console.log(JSON.stringify(db.prepare(${JSON.stringify(sql)}).all()));
    db.close();`;
  return JSON.parse(
    execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" }),
  );
}

/** Ids of the windows that the program sees, ascending. */
export function windowIds(file: string, readOnly = false): unknown[] {
  return ask(file, "SELECT id FROM windows ORDER BY id", readOnly).map(({ id }) => id);
}
