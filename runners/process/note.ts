/** Small JSON files by which processes find each other: readable by their user alone, and always complete. */
import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { atExit } from "./at-exit.js";
import { makePrivateFolder } from "./folder.js";
import { wrapFsError } from "./fs-error.js";
import { isIdentity, ownIdentity } from "./identity.js";

/** Readers see the old note or the new one, never a part. @throws MuonitorError when it cannot be written */
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

/** A note of this process, which does not outlive it. @returns how to remove it */
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

/** Writes a file of its own name beside a path, which becomes visible there by a rename or a link. */
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

/** The object in a note; null when the file is missing, unreadable or holds something else. */
export function readNote(path: string): object | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

export function removeNote(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its folder is read-only or gone: who reads the note sees that its owner has ended.
  }
}
