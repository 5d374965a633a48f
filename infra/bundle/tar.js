// Writes a reproducible tar archive (ustar, with pax headers for long names): no owner, no time of writing.
import { createGzip } from "node:zlib";
import { pipeline } from "node:stream/promises";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";

/** @typedef {{ path: string, content: Buffer, executable: boolean }} TarFile */

const block = 512;

/**
 * Writes files as FOLDER/PATH, in the given order.
 * @param {string} target path of the .tar.gz
 * @param {Iterable<TarFile>} files
 * @param {number} seconds time of every file, s since the epoch
 */
export async function writeTarGz(target, files, seconds) {
  // Default level and strategy; Node writes neither name nor time into the gzip header.
  await pipeline(
    Readable.from(blocksOf(files, seconds)),
    createGzip({ level: 9 }),
    createWriteStream(target),
  );
}

/**
 * @param {Iterable<TarFile>} files
 * @param {number} seconds
 */
function* blocksOf(files, seconds) {
  for (const { path, content, executable } of files) {
    const mode = executable ? 0o755 : 0o644;
    if (Buffer.byteLength(path) > 100) yield* paxOf(path, seconds);
    yield header({ name: path, size: content.length, mode, type: "0", seconds });
    yield* padded(content);
  }
  yield Buffer.alloc(2 * block);
}

/**
 * @param {string} path
 * @param {number} seconds
 */
function* paxOf(path, seconds) {
  const content = Buffer.from(paxRecord("path", path));
  yield header({ name: "PaxHeader", size: content.length, mode: 0o644, type: "x", seconds });
  yield* padded(content);
}

/**
 * LENGTH KEY=VALUE, where LENGTH includes its own digits.
 * @param {string} key
 * @param {string} value
 */
export function paxRecord(key, value) {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (String(length).length + bytes !== length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

/** @param {Buffer} content */
function* padded(content) {
  yield content;
  const rest = content.length % block;
  if (rest > 0) yield Buffer.alloc(block - rest);
}

/** @param {{ name: string, size: number, mode: number, type: "0" | "x", seconds: number }} entry */
function header({ name, size, mode, type, seconds }) {
  const bytes = Buffer.alloc(block);
  const octal = (/** @type {number} */ value, /** @type {number} */ digits) =>
    `${value.toString(8).padStart(digits, "0")}\0`;
  bytes.write(Buffer.from(name).subarray(0, 100).toString("latin1"), 0, "latin1");
  bytes.write(octal(mode, 7), 100);
  bytes.write(octal(0, 7), 108);
  bytes.write(octal(0, 7), 116);
  bytes.write(octal(size, 11), 124);
  bytes.write(octal(seconds, 11), 136);
  bytes.write(" ".repeat(8), 148);
  bytes.write(type, 156);
  bytes.write("ustar\u000000", 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}
