/** Reads single entries of a zip archive, such as a class of a jar. */
import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";

const endOfDirectory = 0x06054b50;
const endOfDirectoryBytes = 22;
const directoryEntry = 0x02014b50;
const deflated = 8;

interface ZipEntry {
  name: string;
  content: Buffer;
}

/** The first entry whose name ends so; null without one. Archives above 4 GB are not read. */
export function readZipEntry(path: string, nameEnd: string): ZipEntry | null {
  const zip = readFileSync(path);
  let at = zip.readUInt32LE(findDirectoryEnd(zip) + 16);
  while (zip.readUInt32LE(at) === directoryEntry) {
    const nameBytes = zip.readUInt16LE(at + 28);
    const name = zip.toString("utf8", at + 46, at + 46 + nameBytes);
    if (name.endsWith(nameEnd)) return { name, content: contentOf(zip, at) };
    at += 46 + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return null;
}

/** The directory's end is at the archive's end, before a comment of at most 64 KB. */
function findDirectoryEnd(zip: Buffer): number {
  for (let at = zip.length - endOfDirectoryBytes; at >= 0; at--)
    if (zip.readUInt32LE(at) === endOfDirectory) return at;
  throw new Error("not a zip archive");
}

function contentOf(zip: Buffer, entry: number): Buffer {
  const local = zip.readUInt32LE(entry + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const stored = zip.subarray(start, start + zip.readUInt32LE(entry + 20));
  return zip.readUInt16LE(entry + 10) === deflated ? inflateRawSync(stored) : stored;
}
