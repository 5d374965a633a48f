/** Small JSON files through which processes find each other: readable by their user only, and always complete. */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { atExit } from "./at-exit.js";
import { makePrivateFolder } from "./folder.js";
import { wrapFsError } from "./fs-error.js";
import { identityOf, isIdentity, ownIdentity } from "./identity.js";

/** Atomic: readers see the old or the new note. @throws MuonitorError when it is not writable */
export function writeNote(path: string, note: object): void {
  const folder = dirname(path);
  makePrivateFolder(folder);
  wrapFsError(folder, () => {
    const draft = writeDraft(path, `${JSON.stringify(note)}\n`);
    try {
      renameSync(draft, path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  });
}

/** Writes a note of this process, which is removed at exit. @returns function that removes it */
export function writeOwnNote(path: string, note: object): () => void {
  writeNote(path, { ...ownIdentity(), ...note });
  const remove = (): void => {
    forget();
    const found = readNote(path);
    if (isIdentity(found) && found.pid === process.pid) removeNote(path);
  };
  const forget = atExit(remove);
  return remove;
}

/** Of a file name: process that wrote the draft, and its unique part. */
const draftEnding = /\.(\d+)\.[0-9a-f]{8}$/;

/** Writes a uniquely named file beside a path, to be published there by a rename or link. */
export function writeDraft(path: string, text: string): string {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    writeFileSync(draft, text, { flag: "wx", mode: 0o600 });
    return draft;
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** The object in a note; null when the file is missing, unreadable or does not contain an object. */
export function readNote(path: string): object | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Removes a note, and the drafts of it that killed processes left behind. */
export function removeNote(path: string): void {
  try {
    rmSync(path, { force: true });
    for (const draft of abandonedDrafts(path)) rmSync(draft, { force: true });
  } catch {
    // The folder is read-only or gone; readers of the note see that its owner has ended.
  }
}

function abandonedDrafts(path: string): string[] {
  const names = readdirSync(dirname(path)).filter((name) => {
    const pid = draftEnding.exec(name)?.[1];
    return name.startsWith(`${basename(path)}.`) && pid !== undefined && identityOf(Number(pid)) === null;
  });
  return names.map((name) => join(dirname(path), name));
}
