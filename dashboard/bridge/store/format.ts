/**
 * Reads the format version (`user_version`) of a history file without SQLite, which would create files next to it.
 */
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { InputError } from "../../../pipeline/model/index.js";
import { storeVersion } from "./schema.js";

const headerBytes = 100;
const versionAt = 60;
/** One for each byte order of the checksums. */
const walMagic = [0x377f0682, 0x377f0683];
const walHeaderBytes = 32;
const frameHeaderBytes = 24;

/**
 * Refuses a file of a newer format. No SQLite connection of this process may have the file open: closing it here
 * would drop that connection's locks.
 * @throws InputError if a newer Muonitor has written the file
 */
export function refuseNewer(file: string): void {
  const version = Math.max(versionOf(file), versionInWal(`${file}-wal`));
  if (version <= storeVersion) return;
  throw new InputError(
    file,
    `the history has format ${version} of a newer Muonitor; this version reads formats up to ${storeVersion}: update Muonitor or choose another file (--history)`,
  );
}

function versionOf(file: string): number {
  return read(file, (bytes) => {
    const header = bytes(0, headerBytes);
    return header?.toString("latin1", 0, 15) === "SQLite format 3" ? header.readInt32BE(versionAt) : 0;
  });
}

/** The highest version in the copies of page 1 in the log's current generation; 0 without one. */
function versionInWal(wal: string): number {
  return read(wal, (bytes) => {
    const header = bytes(0, walHeaderBytes);
    if (header === null || !walMagic.includes(header.readUInt32BE(0))) return 0;
    const salt = header.subarray(16, 24);
    const frameBytes = frameHeaderBytes + header.readUInt32BE(8);
    let version = 0;
    for (let at = walHeaderBytes; ; at += frameBytes) {
      const frame = bytes(at, frameHeaderBytes + headerBytes);
      if (frame?.subarray(8, 16).equals(salt) !== true) return version;
      if (frame.readUInt32BE(0) === 1)
        version = Math.max(version, frame.readInt32BE(frameHeaderBytes + versionAt));
    }
  });
}

type Bytes = (position: number, length: number) => Buffer | null;

function read(path: string, work: (bytes: Bytes) => number): number {
  if (!existsSync(path)) return 0;
  const handle = openSync(path, "r");
  try {
    return work((position, length) => {
      const buffer = Buffer.alloc(length);
      return readSync(handle, buffer, 0, length, position) === length ? buffer : null;
    });
  } finally {
    closeSync(handle);
  }
}
