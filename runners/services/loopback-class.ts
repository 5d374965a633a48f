/**
 * Binds Beam's gRPC servers to the loopback interface.
 *
 * Beam 2.62 starts the services for its workers, the job server and the expansion service with
 * `NettyServerBuilder.forPort(port)`, which listens on all interfaces; no option changes that. A copy of that one
 * class of the gRPC inside Beam, placed before the jars in the class path, binds to `InetAddress.getLoopbackAddress()`
 * instead. The copy is made here from the jar's own class, because a machine with a Java runtime has no compiler.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, inflateRawSync } from "node:zlib";
import { makePrivateFolder } from "../process/index.js";
import { ConstantPool, type ConstantReference } from "./class-file.js";

const className = "io/grpc/netty/NettyServerBuilder.class";

/**
 * Writes a jar with the class, and returns its path; null for jars without Beam's gRPC. It is a jar because a JVM
 * uses no class archive with a folder in its class path.
 */
export function writeLoopbackJar(jars: string, folder: string): string | null {
  const jar = readdirSync(jars).find((name) => name.startsWith("beam-vendor-grpc-"));
  if (jar === undefined) return null;
  const entry = readZipEntry(join(jars, jar), className);
  if (entry === null) throw new Error(`${jar} does not contain ${className}`);
  const zip = zipOf({ name: entry.name, content: bindToLoopback(entry.content) });
  const path = join(folder, `loopback-${createHash("sha256").update(zip).digest("hex").slice(0, 12)}.jar`);
  // Written once: the JVM ignores an archive that is older than a jar of its class path.
  if (existsSync(path)) return path;
  makePrivateFolder(folder);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, zip);
  renameSync(draft, path);
  return path;
}

const newObject = 0xbb;
const duplicate = 0x59;
const loadFirstInt = 0x1a;
const callConstructor = 0xb7;
const callStatic = 0xb8;

const addressClass = "java/net/InetSocketAddress";
const byPort: ConstantReference = [addressClass, "<init>", "(I)V"];
const byAddressAndPort: ConstantReference = [addressClass, "<init>", "(Ljava/net/InetAddress;I)V"];
const loopbackAddress: ConstantReference = [
  "java/net/InetAddress",
  "getLoopbackAddress",
  "()Ljava/net/InetAddress;",
];

/** Bytes of a Code attribute before its instructions: length, stack, locals, code length. */
const headerBytes = 12;
/**
 * The rest after its instructions: no exception table, no attributes. The original attributes are line tables for
 * debuggers.
 */
const nothingElse = Buffer.alloc(4);

/** Replaces `new InetSocketAddress(port)` by `new InetSocketAddress(InetAddress.getLoopbackAddress(), port)`. */
export function bindToLoopback(classFile: Buffer): Buffer {
  const pool = new ConstantPool(classFile);
  const create = [newObject, ...u2(pool.classIndex(addressClass)), duplicate];
  const old = Buffer.from([...create, loadFirstInt, callConstructor, ...u2(pool.methodIndex(byPort))]);
  const replacement = Buffer.from([
    ...create,
    callStatic,
    ...u2(pool.addMethod(loopbackAddress)),
    loadFirstInt,
    callConstructor,
    ...u2(pool.addMethod(byAddressAndPort)),
  ]);
  const pieces: Buffer[] = [];
  let done = 0;
  for (let at = pool.rest.indexOf(old); at >= 0; at = pool.rest.indexOf(old, done)) {
    const begin = at - headerBytes;
    const header = pool.rest.subarray(begin, at);
    const codeEnd = at + header.readUInt32BE(8);
    const code = Buffer.concat([replacement, pool.rest.subarray(at + old.length, codeEnd)]);
    pieces.push(pool.rest.subarray(done, begin), headerFor(code, header), code, nothingElse);
    done = begin + 4 + header.readUInt32BE(0);
  }
  if (done === 0) throw new Error(`${className} does not bind to a port as expected`);
  return pool.withRest(Buffer.concat([...pieces, pool.rest.subarray(done)]));
}

/** Header of code that needs one more operand than before. */
function headerFor(code: Buffer, old: Buffer): Buffer {
  const header = Buffer.from(old);
  header.writeUInt32BE(headerBytes - 4 + code.length + nothingElse.length, 0);
  header.writeUInt16BE(old.readUInt16BE(4) + 1, 4);
  header.writeUInt32BE(code.length, 8);
  return header;
}

function u2(value: number): [number, number] {
  return [value >> 8, value & 0xff];
}

const localEntry = 0x04034b50;
const localEntryBytes = 30;
const directoryEntry = 0x02014b50;
const directoryEntryBytes = 46;
const endOfDirectory = 0x06054b50;
const endOfDirectoryBytes = 22;
const deflated = 8;

interface ZipEntry {
  name: string;
  content: Buffer;
}

/** The first entry whose name ends with `nameEnd`; null if there is none. Archives above 4 GB are not supported. */
export function readZipEntry(path: string, nameEnd: string): ZipEntry | null {
  const zip = readFileSync(path);
  let at = zip.readUInt32LE(findDirectoryEnd(zip) + 16);
  while (zip.readUInt32LE(at) === directoryEntry) {
    const nameBytes = zip.readUInt16LE(at + 28);
    const name = zip.toString("utf8", at + directoryEntryBytes, at + directoryEntryBytes + nameBytes);
    if (name.endsWith(nameEnd)) return { name, content: contentOf(zip, at) };
    at += directoryEntryBytes + nameBytes + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return null;
}

/** The directory end record is at the end of the archive, before a comment of at most 64 KB. */
function findDirectoryEnd(zip: Buffer): number {
  for (let at = zip.length - endOfDirectoryBytes; at >= 0; at--)
    if (zip.readUInt32LE(at) === endOfDirectory) return at;
  throw new Error("not a zip archive");
}

function contentOf(zip: Buffer, entry: number): Buffer {
  const local = zip.readUInt32LE(entry + 42);
  const start = local + localEntryBytes + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const stored = zip.subarray(start, start + zip.readUInt32LE(entry + 20));
  return zip.readUInt16LE(entry + 10) === deflated ? inflateRawSync(stored) : stored;
}

/** A zip archive with one entry, which is not compressed. */
function zipOf({ name, content }: ZipEntry): Buffer {
  const local = Buffer.alloc(localEntryBytes);
  local.writeUInt32LE(localEntry, 0);
  local.writeUInt32LE(crc32(content), 14);
  local.writeUInt32LE(content.length, 18);
  local.writeUInt32LE(content.length, 22);
  local.writeUInt16LE(Buffer.byteLength(name), 26);
  const entry = Buffer.alloc(directoryEntryBytes);
  entry.writeUInt32LE(directoryEntry, 0);
  // From the checksum to the length of the name, both headers are the same.
  local.copy(entry, 16, 14, 28);
  const file = Buffer.concat([local, Buffer.from(name), content]);
  const end = Buffer.alloc(endOfDirectoryBytes);
  end.writeUInt32LE(endOfDirectory, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(directoryEntryBytes + Buffer.byteLength(name), 12);
  end.writeUInt32LE(file.length, 16);
  return Buffer.concat([file, entry, Buffer.from(name), end]);
}
